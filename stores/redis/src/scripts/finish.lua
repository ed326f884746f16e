-- KEYS[1]: the bucket's meta key. ARGV[1]: the ledger's name. The bucket is whole.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return redis.error_reply('NOLEDGER not this ledger') end
redis.call('HSET', KEYS[1], 'made', 1)
return tonumber(redis.call('HGET', KEYS[1], 'sequence'))
