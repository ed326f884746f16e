-- KEYS[2]: the index of a kind. ARGV: 2 and 3 the ends of the range, as ZRANGEBYLEX takes them; 4 how many; 5 what the
-- keys of records of this kind begin with: they are in the same slot. Answer: the keys of records that are still there.
local out, offset, count = {}, 0, tonumber(ARGV[4])
while #out < count do
  local keys = redis.call('ZRANGE', KEYS[2], ARGV[2], ARGV[3], 'BYLEX', 'LIMIT', offset, count)
  if #keys == 0 then break end
  for _, key in ipairs(keys) do
    if #out >= count then break end
    if redis.call('EXISTS', ARGV[5] .. key) == 1 then
      out[#out + 1] = key
      offset = offset + 1
    else
      -- It has expired.
      redis.call('ZREM', KEYS[2], key)
    end
  end
end
return out
