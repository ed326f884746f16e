-- KEYS: 2 the index of a kind; 3.. records. ARGV[2..]: the records' keys in the index. Those that have expired leave the
-- index. All of them are named as keys of the call: while a slot is on its way from one server to another, a record
-- that has not arrived is no record that has expired, and the server refuses the call. Answer: for each, whether it is there.
local out = {}
for i = 3, #KEYS do
  out[i - 2] = redis.call('EXISTS', KEYS[i])
  if out[i - 2] == 0 then redis.call('ZREM', KEYS[2], ARGV[i - 1]) end
end
return out
