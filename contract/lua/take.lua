-- Reads a field of a device table and removes it, so that it is used once.
-- KEYS: 1 lease, 2 table    ARGV: 1 epoch, 2 field
-- Answers the value or nothing; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local value = redis.call('HGET', KEYS[2], ARGV[2])
if value then
  redis.call('HDEL', KEYS[2], ARGV[2])
end
return value
