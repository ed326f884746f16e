-- KEYS[2]: the index of a kind. ARGV: 2 and 3 the ends of the range, as ZRANGEBYLEX takes them; 4 how many. Answer: the
-- keys of records that there are, or were.
return redis.call('ZRANGE', KEYS[2], ARGV[2], ARGV[3], 'BYLEX', 'LIMIT', 0, tonumber(ARGV[4]))
