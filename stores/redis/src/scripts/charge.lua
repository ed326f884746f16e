-- KEYS[2..]: accounts, each once. ARGV: 2 the floor of the caller's time; 3 for each kind its byte and the least
-- `until` of its accounts; then for each account: what it is if it is new; kind, whether the limit allows that,
-- limit, `until` (0: lasting); the second of its expiry, or nothing.
-- Answer: the bucket's sequence number, or 0; then for each account 0 if it was new and is granted, else 18 bytes:
-- verdict, used, whether there is a time, time.
local GRANTED, AGAIN, EXHAUSTED, OVER, CONFLICT = '\1', '\2', '\3', '\4', '\5'
local HEAD, CLAIM, KEPT = 17, 45, 172800
local NEVER = string.rep('\0', 9)
local call, pack, unpack, byte, sub = redis.call, struct.pack, struct.unpack, string.byte, string.sub
local out, changes = {0}, 0

local seen = math.max(tonumber(ARGV[2]), tonumber(call('TIME')[1]) - KEPT)
local floors, strict = {}, false
for p = 1, #ARGV[3], 9 do
  local kind, least = unpack('>BI8', ARGV[3], p)
  local floor = tonumber(call('HGET', KEYS[1], 'floor' .. kind) or 0)
  if seen > floor then
    floor = seen
    call('HSET', KEYS[1], 'floor' .. kind, string.format('%.0f', floor))
  end
  floors[kind] = floor
  strict = strict or least <= floor
end

-- The time of the last claim that is known before position `p`, with a byte that says whether there is one.
local function time_before(value, p)
  if p > HEAD then return '\1' .. sub(value, p - 7, p) end
  return sub(value, 9, HEAD)
end

-- A claim that was granted before: nothing is counted, the answer is that of before. It is a change all the same:
-- replicas confirm what is written, and those that confirm this have the grant of before.
local function again(key, value, p, new)
  if sub(value, p + 33, p + 36) ~= sub(new, HEAD + 34, HEAD + 37) then return CONFLICT .. string.rep('\0', 17) end
  local used = unpack('>I8', value)
  for q = p + CLAIM, #value, CLAIM do used = used - unpack('>I4', value, q + 33) end
  if byte(value, p + 32) == 1 then
    -- It is public, and somebody is told now.
    call('SET', key, sub(value, 1, p + 31) .. '\3' .. sub(value, p + 33), 'KEEPTTL')
  end
  changes = changes + 1
  return AGAIN .. pack('>I8', used) .. time_before(value, p - 1)
end

local function known(key, value, new, info)
  local claim = sub(new, HEAD + 1, HEAD + 32)
  for p = HEAD + 1, #value, CLAIM do
    if sub(value, p, p + 31) == claim then return again(key, value, p, new) end
  end
  local used, amount, limit = unpack('>I8', value), unpack('>I4', new, HEAD + 34), unpack('>I8', info, 3)
  local previous = time_before(value, #value)
  if used > limit - amount then return EXHAUSTED .. pack('>I8', used) .. previous end
  local head, claims = sub(value, 9, HEAD), sub(value, HEAD + 1)
  if #claims >= 16 * CLAIM then
    head, claims = '\1' .. sub(claims, CLAIM - 7, CLAIM), sub(claims, CLAIM + 1)
  end
  used = used + amount
  call('SET', key, pack('>I8', used) .. head .. claims .. sub(new, HEAD + 1), 'KEEPTTL')
  changes = changes + 1
  return GRANTED .. pack('>I8', used) .. previous
end

for i = 2, #KEYS do
  local key, a = KEYS[i], 3 * i - 2
  local new, info, expiry = ARGV[a], ARGV[a + 1], ARGV[a + 2]
  local is_over = false
  if strict then
    local till = unpack('>I8', info, 11)
    is_over = till > 0 and till <= floors[byte(info, 1)]
  end
  if is_over then
    out[i] = OVER .. string.rep('\0', 17)
  else
    local fits, value = byte(info, 2) == 1, nil
    if not fits then value = call('GET', key)
    elseif expiry == '' then value = call('SET', key, new, 'NX', 'GET')
    else value = call('SET', key, new, 'NX', 'GET', 'EXAT', expiry) end
    if value then
      out[i] = known(key, value, new, info)
    elseif fits then
      changes = changes + 1
      out[i] = 0
    else
      out[i] = EXHAUSTED .. pack('>I8', 0) .. NEVER
    end
  end
end
if changes > 0 then out[1] = call('HINCRBY', KEYS[1], 'sequence', changes) end
return out
