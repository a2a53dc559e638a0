-- Writes fields of a session's record and, if there is one, the event that tells of it. Never revives a deleted one.
-- KEYS: 1 lease, 2 session record, 3 event stream, 4 outbox
-- ARGV: 1 epoch, 2 organization, 3 session, 4 events kept, 5 event kind or '', 6 event, 7... fields and values
-- Answers 1, or 0 when the session is gone; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
if #ARGV > 6 then
  redis.call('HSET', KEYS[2], unpack(ARGV, 7))
end
if ARGV[5] ~= '' then
  local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'e', ARGV[6])
  redis.call('XADD', KEYS[4], '*', 'p', ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[5] .. ' ' .. entry)
end
return 1
