-- KEYS[1]: the bucket's meta key; KEYS[2..]: lasting accounts. ARGV: 1 the ledger's name; 2 the most that an account can
-- come to, in eight bytes. In a bucket that is not whole yet.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return redis.error_reply('NOLEDGER not this ledger') end
for i = 2, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if value then
    local before = #value > 17 and '\1' .. string.sub(value, -8) or string.sub(value, 9)
    redis.call('SET', KEYS[i], ARGV[2] .. before)
  end
end
return #KEYS - 1
