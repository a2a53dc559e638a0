-- Moves a sent message's status forward, by a receipt. A status never goes back, and a receipt that repeats changes
-- nothing. The events are made here, because their chat and outbox id are the stored message's.
-- KEYS: 1 lease, 2 sent message, 3 event stream, 4 outbox
-- ARGV: 1 epoch, 2 status, 3 time (ms), 4 organization, 5 session, 6 events kept, 7 event kind, 8 event before the
--       chat, 9 event between chat and outbox id, 10 event after the outbox id, 11-13 so too of 'sent', for a receipt
--       that comes before our own word that it was sent
-- Answers 1 when it moved, 0 when not (or the message is none of ours); FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local rank = {queued = 1, sent = 2, failed = 2, delivered = 3, read = 4, played = 5}
local message = redis.call('HMGET', KEYS[2], 'status', 'chat', 'outbox')
if not message[1] or rank[ARGV[2]] <= rank[message[1]] then
  return 0
end
local function tell(first)
  local event = ARGV[first] .. cjson.encode(message[2]) .. ARGV[first + 1] .. cjson.encode(message[3]) .. ARGV[first + 2]
  local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'e', event)
  redis.call('XADD', KEYS[4], '*', 'p', ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[7] .. ' ' .. entry)
end
if message[1] == 'queued' then
  redis.call('HSETNX', KEYS[2], 'sent_at', ARGV[3])
  tell(11)
end
redis.call('HSET', KEYS[2], 'status', ARGV[2], ARGV[2] .. '_at', ARGV[3])
-- What was read was delivered.
for _, earlier in ipairs({'delivered', 'read'}) do
  if rank[earlier] < rank[ARGV[2]] then
    redis.call('HSETNX', KEYS[2], earlier .. '_at', ARGV[3])
  end
end
tell(8)
return 1
