-- KEYS[1]: the bucket's meta key. ARGV: 1 the new name; 2 birth; 3 number of buckets; 4 the name of the ledger that is
-- there, or nothing. Nobody uses the bucket before it is whole. A birth never moves back, and versions never repeat.
local field = redis.call('HMGET', KEYS[1], 'id', 'made', 'birth', 'format')
if tonumber(field[4] or 1) > 1 then return redis.error_reply('NEWER of a later version') end
if ARGV[4] == '' and field[2] then return redis.error_reply('THERE is a ledger') end
if ARGV[4] ~= '' and field[1] ~= ARGV[4] and field[1] ~= ARGV[1] then return redis.error_reply('NOLEDGER not this ledger') end
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local birth = string.format('%.0f', math.max(tonumber(ARGV[2]), tonumber(field[3] or 0)))
redis.call('HDEL', KEYS[1], 'made', 'promoted')
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'birth', birth, 'buckets', ARGV[3], 'run', run, 'format', 1)
redis.call('HINCRBY', KEYS[1], 'version', 4294967296)
redis.call('HINCRBY', KEYS[1], 'sequence', 1)
return birth
