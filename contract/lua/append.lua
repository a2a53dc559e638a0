-- Appends events to a session's stream and points to them in the outbox. An event whose mark exists is left out, and the
-- message that it tells of is kept once.
-- KEYS: 1 lease, 2 session record, 3 event stream, 4 outbox, 5... per event: its mark (the outbox itself: no mark), and
--       the message that it tells of (the outbox itself: none)
-- ARGV: 1 epoch, 2 organization, 3 session, 4 events kept, 5 mark TTL (s), 6 message TTL (s), 7... per event: kind,
--       event, how many arguments follow, what is kept of the message: fields and values in turn
-- Answers how many were appended; the error FENCED when the lease is another's.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
local appended, at, key = 0, 7, 5
while at <= #ARGV do
  local mark, message, kept = KEYS[key], KEYS[key + 1], tonumber(ARGV[at + 2])
  if mark == KEYS[4] or redis.call('SET', mark, '1', 'NX', 'EX', ARGV[5]) then
    local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'e', ARGV[at + 1])
    redis.call('XADD', KEYS[4], '*', 'p', ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[at] .. ' ' .. entry)
    -- An id that somebody chose to be another message's takes nothing away.
    if kept > 0 and message ~= KEYS[4] and redis.call('EXISTS', message) == 0 then
      redis.call('HSET', message, unpack(ARGV, at + 3, at + 2 + kept))
      redis.call('EXPIRE', message, ARGV[6])
    end
    appended = appended + 1
  end
  at = at + 3 + kept
  key = key + 2
end
return appended
