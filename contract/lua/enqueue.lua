-- Moves a scheduled command into its shard's queue.
-- KEYS: 1 lease, 2 due, 3 scheduled, 4 the session's schedule, 5 command stream
-- ARGV: 1 epoch, 2 command
-- Answers 1, or 0 when it is not there any more; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
-- First what takes no memory: a full Redis refuses only the first write of a script.
redis.call('ZREM', KEYS[4], ARGV[2])
if redis.call('ZREM', KEYS[2], ARGV[2]) == 0 then
  return 0
end
local command = redis.call('HGET', KEYS[3], ARGV[2])
if not command then
  return 0
end
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('XADD', KEYS[5], '*', 'c', command)
return 1
