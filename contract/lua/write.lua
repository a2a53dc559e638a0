-- A batch of writes to keys of one shard, all of them or none.
-- KEYS: 1 lease, 2... the keys that the writes name
-- ARGV: 1 epoch, then per write: how many arguments, the command, the place of its key in KEYS, its other arguments
-- Answers how many writes there were; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local i, writes = 2, 0
while i <= #ARGV do
  local count = tonumber(ARGV[i])
  redis.call(ARGV[i + 1], KEYS[tonumber(ARGV[i + 2])], unpack(ARGV, i + 3, i + 2 + count))
  i = i + 3 + count
  writes = writes + 1
end
return writes
