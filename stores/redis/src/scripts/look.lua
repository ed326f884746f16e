-- KEYS[1]: the bucket's meta key. Answer: name, whether it is whole, birth, number of buckets, sequence number, the
-- latest floor; the run that it was last open on, the server's run, and what that run came from, which was once known
-- to have been promoted though it has forgotten; clock; format.
local field = redis.call('HMGET', KEYS[1], 'id', 'made', 'birth', 'buckets', 'sequence', 'run', 'format', 'promoted')
local floor, all = 0, redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 5) == 'floor' then floor = math.max(floor, tonumber(all[i + 1])) end
end
local info = redis.call('INFO', 'replication')
return {field[1] or '', field[2] and 1 or 0, field[3] or '0', field[4] or '0', field[5] or '0',
  string.format('%.0f', floor), field[6] or '', string.match(info, 'master_replid:(%x+)'),
  field[8] and field[6] or string.match(info, 'master_replid2:(%x+)'), redis.call('TIME')[1], field[7] or '1'}
