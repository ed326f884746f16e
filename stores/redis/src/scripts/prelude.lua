-- Before every script. KEYS[1] is the bucket's meta key, ARGV[1] the ledger's name. The bucket has to be whole, of
-- this ledger, in the format that these scripts write, and on the run of the server that it was opened on: a restarted server, a promoted replica and a copy
-- all have another replication id.
local meta = redis.call('HMGET', KEYS[1], 'id', 'made', 'run', 'format')
if meta[1] ~= ARGV[1] or not meta[2] or meta[4] ~= '1' then return redis.error_reply('NOLEDGER not this ledger') end
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if meta[3] ~= run then return redis.error_reply('OTHERRUN the server was started anew') end
