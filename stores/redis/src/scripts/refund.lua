-- KEYS: 2 a name for this call; 3.. accounts, more than once if need be. ARGV: 2 whether a claim is public; for each
-- account, claim and amount. A call with a public claim that comes again does nothing: somebody else may have been granted
-- the same claim meanwhile. Answer: as of a charge, alone.
if ARGV[2] == '1' and not redis.call('SET', KEYS[2], '', 'NX', 'EX', 3600) then return 0 end
local HEAD, CLAIM = 17, 45
local call, pack, unpack, byte, sub = redis.call, struct.pack, struct.unpack, string.byte, string.sub
local changes = 0
for i = 3, #KEYS do
  local key, claim, amount = KEYS[i], sub(ARGV[i], 1, 32), sub(ARGV[i], 33)
  local value = call('GET', key)
  for p = HEAD + 1, value and #value or 0, CLAIM do
    -- Not what somebody was told that it was granted before.
    if sub(value, p, p + 31) == claim and sub(value, p + 33, p + 36) == amount and byte(value, p + 32) ~= 3 then
      local used = unpack('>I8', value) - unpack('>I4', amount)
      if used > 0 then
        call('SET', key, pack('>I8', used) .. sub(value, 9, p - 1) .. sub(value, p + CLAIM), 'KEEPTTL')
      else
        call('DEL', key)
      end
      changes = changes + 1
      break
    end
  end
end
return changes > 0 and call('HINCRBY', KEYS[1], 'sequence', changes) or 0
