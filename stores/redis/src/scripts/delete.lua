-- KEYS: 2 a record, 3 the index of its kind. ARGV: 2 the version expected; 3 the record's key in the index. Answer: as
-- of a put.
local known = redis.call('GET', KEYS[2])
local version = known and string.sub(known, 1, 8) or ''
if version ~= ARGV[2] then return {0, version, 0} end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[3])
return {1, version, redis.call('HINCRBY', KEYS[1], 'sequence', 1)}
