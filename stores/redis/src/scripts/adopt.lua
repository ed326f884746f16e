-- KEYS[1]: the bucket's meta key. ARGV: 1 the ledger's name; 2 how far the caller knows the bucket to have come. Takes
-- the server's run for the one that the bucket is open on, if it is a restart that has lost nothing the caller knows
-- of. A promotion is written down: a server that is started anew has forgotten it. Answer: 1, or why not: 0 another
-- ledger, 2 a promoted replica, 3 something is missing.
local field = redis.call('HMGET', KEYS[1], 'id', 'made', 'run', 'sequence', 'promoted')
if field[1] ~= ARGV[1] or not field[2] then return 0 end
if field[5] then return 2 end
local info = redis.call('INFO', 'replication')
local run = string.match(info, 'master_replid:(%x+)')
if field[3] == run then return 1 end
if field[3] == string.match(info, 'master_replid2:(%x+)') then
  redis.call('HSET', KEYS[1], 'promoted', 1)
  return 2
end
if tonumber(field[4] or 0) < tonumber(ARGV[2]) then return 3 end
redis.call('HSET', KEYS[1], 'run', run)
return 1
