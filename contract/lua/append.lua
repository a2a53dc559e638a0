-- Appends events to a session's stream and points to them in the outbox. An event whose mark exists is left out.
-- KEYS: 1 lease, 2 session record, 3 event stream, 4 outbox, 5... one mark per event (the outbox itself: no mark)
-- ARGV: 1 epoch, 2 organization, 3 session, 4 events kept, 5 mark TTL (s), 6... kind and event in turn
-- Answers how many were appended; the error FENCED when the lease is another's.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
local appended = 0
for i = 6, #ARGV, 2 do
  local mark = KEYS[5 + (i - 6) / 2]
  if mark == KEYS[4] or redis.call('SET', mark, '1', 'NX', 'EX', ARGV[5]) then
    local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'e', ARGV[i + 1])
    redis.call('XADD', KEYS[4], '*', 'p', ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[i] .. ' ' .. entry)
    appended = appended + 1
  end
end
return appended
