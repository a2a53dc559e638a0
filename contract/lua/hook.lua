-- Writes how far a webhook is, and the dead letter that let it move on. Never revives a deleted webhook: what such a
-- one left behind is removed.
-- KEYS: 1 lease, 2 webhooks, 3 the webhook's place, 4 its dead letters
-- ARGV: 1 epoch, 2 webhook, 3 dead letter or '', 4 dead letters kept, 5... fields and values of the place
-- Answers 1, or 0 when the webhook is gone; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then
  redis.call('UNLINK', KEYS[3], KEYS[4])
  return 0
end
if ARGV[3] ~= '' then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[4], '*', 'd', ARGV[3])
end
redis.call('HSET', KEYS[3], unpack(ARGV, 5))
return 1
