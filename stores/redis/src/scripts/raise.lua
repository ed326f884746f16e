-- KEYS[1]: the bucket's meta key. ARGV: 2 a floor; 3.. kinds. A caller's clock is ahead of the servers', and all buckets
-- have to know.
for i = 3, #ARGV do
  local field = 'floor' .. ARGV[i]
  local floor = tonumber(redis.call('HGET', KEYS[1], field) or 0)
  if tonumber(ARGV[2]) > floor then redis.call('HSET', KEYS[1], field, ARGV[2]) end
end
return 0
