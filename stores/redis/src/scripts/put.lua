-- KEYS: 2 a record, 3 the index of its kind, 4 a name for this call. ARGV: 2 the version expected, or nothing; 3 the record's
-- key in the index; 4 the name again, and the value; 5 the second of its expiry, or nothing; 6 for how many seconds the
-- call may come again. Answer: whether it was written, the version that it got or that is there instead, or nothing, and the
-- sequence number. A call that comes again finds its name, and does nothing: somebody else may have deleted what it wrote
-- meanwhile, or written over it.
local done = redis.call('GET', KEYS[4])
if done then return {1, done, 0} end
local known = redis.call('GET', KEYS[2])
local version = known and string.sub(known, 1, 8) or ''
if version ~= ARGV[2] then return {0, version, 0} end
local next = struct.pack('>I8', redis.call('HINCRBY', KEYS[1], 'version', 1))
if ARGV[5] == '' then redis.call('SET', KEYS[2], next .. ARGV[4])
else redis.call('SET', KEYS[2], next .. ARGV[4], 'EXAT', ARGV[5]) end
redis.call('SET', KEYS[4], next, 'EX', ARGV[6])
redis.call('ZADD', KEYS[3], 0, ARGV[3])
return {1, next, redis.call('HINCRBY', KEYS[1], 'sequence', 1)}
