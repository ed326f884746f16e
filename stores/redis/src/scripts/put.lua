-- KEYS: 2 a record, 3 the index of its kind. ARGV: 2 the version expected, or nothing; 3 the record's key in the index;
-- 4 a name for this call and the value; 5 the second of its expiry, or nothing. Answer: whether it was written, the
-- version that is there now, or nothing, and the sequence number. A call that comes again finds what it wrote.
local known = redis.call('GET', KEYS[2])
local version = known and string.sub(known, 1, 8) or ''
if known and string.sub(known, 9, 24) == string.sub(ARGV[4], 1, 16) then return {1, version, 0} end
if version ~= ARGV[2] then return {0, version, 0} end
local next = struct.pack('>I8', redis.call('HINCRBY', KEYS[1], 'version', 1))
if ARGV[5] == '' then redis.call('SET', KEYS[2], next .. ARGV[4])
else redis.call('SET', KEYS[2], next .. ARGV[4], 'EXAT', ARGV[5]) end
redis.call('ZADD', KEYS[3], 0, ARGV[3])
return {1, next, redis.call('HINCRBY', KEYS[1], 'sequence', 1)}
