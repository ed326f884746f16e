-- KEYS[1]: the bucket's meta key; KEYS[2..]: lasting accounts. ARGV: 1 the ledger's name; 2 what they are to have come
-- to. In a bucket that is not whole yet.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return redis.error_reply('NOLEDGER not this ledger') end
for i = 2, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if value then redis.call('SET', KEYS[i], ARGV[2] .. string.sub(value, 9)) end
end
return #KEYS - 1
