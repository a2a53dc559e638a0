-- Says that a command takes long, as long as it has not ended. How long its outcome is kept does not change.
-- KEYS: 1 lease, 2 outcome
-- ARGV: 1 epoch, 2 outcome
-- Answers 1, or 0 when it has ended (or its outcome is gone); FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local known = redis.call('GET', KEYS[2])
if not known or not string.find(known, '"status":"queued"', 1, true) then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'KEEPTTL')
return 1
