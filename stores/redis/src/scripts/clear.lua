-- KEYS[2..]: lasting accounts.
local changes = 0
for i = 2, #KEYS do changes = changes + redis.call('DEL', KEYS[i]) end
return changes > 0 and redis.call('HINCRBY', KEYS[1], 'sequence', changes) or 0
