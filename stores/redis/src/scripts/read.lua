-- KEYS[2..]: accounts or records. Answer: their values.
local out = {}
for i = 2, #KEYS do out[i - 1] = redis.call('GET', KEYS[i]) end
return out
