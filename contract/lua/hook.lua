-- Writes how far a webhook is, and what its deliveries left behind. Never revives a deleted webhook: what such a one left
-- is removed.
-- KEYS: 1 lease, 2 webhooks, 3 the webhook's place, 4 its dead letters, 5 those on their way again, 6 its log
-- ARGV: 1 epoch, 2 webhook, 3 dead letters kept, 4 log entries kept, 5 the log's TTL (s), 6 JSON of five lists:
--   set (fields and values of the place, in turn), del (fields of it), dead (dead letters), log (log entries),
--   over (entries of KEYS[5] that are done)
-- Answers 1, or 0 when the webhook is gone; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then
  redis.call('UNLINK', KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  return 0
end
local told = cjson.decode(ARGV[6])
for i = 1, #told.set, 2 do
  redis.call('HSET', KEYS[3], told.set[i], told.set[i + 1])
end
for _, field in ipairs(told.del) do
  redis.call('HDEL', KEYS[3], field)
end
for _, letter in ipairs(told.dead) do
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'd', letter)
end
for _, entry in ipairs(told.over) do
  redis.call('XDEL', KEYS[5], entry)
end
for _, entry in ipairs(told.log) do
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[4], '*', 'l', entry)
end
if #told.log > 0 then
  redis.call('EXPIRE', KEYS[6], ARGV[5])
end
return 1
