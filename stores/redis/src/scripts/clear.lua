-- KEYS: 2 a name for this call; 3.. lasting accounts. A call that comes again does nothing: somebody may have charged them
-- meanwhile.
if not redis.call('SET', KEYS[2], '', 'NX', 'EX', 3600) then return 0 end
local changes = 0
for i = 3, #KEYS do changes = changes + redis.call('DEL', KEYS[i]) end
return changes > 0 and redis.call('HINCRBY', KEYS[1], 'sequence', changes) or 0
