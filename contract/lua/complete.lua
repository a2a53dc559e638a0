-- Ends a command: outcome, message status, event, stream entry, what it had kept on its way: all of it or nothing at all.
-- KEYS: 1 lease, 2 command stream, 3 outcome, 4 sent message (or the outcome again), 5 event stream, 6 outbox, 7 work,
--       8 chats, 9 aliases, 10 chat, 11 the chat's log, 12 its unread messages, 13 to 15 the three that it had under its
--       LID (or the outcome: none), 16 dead letters, and of a command with a blob: 17 blob, 18 blobs, 19 blob sizes
-- ARGV: 1 epoch, 2 stream entry, 3 outcome, 4 outcome TTL (s), 5 message status or '', 6 its time (ms),
--       7 event kind or '', 8 event, 9 organization, 10 session, 11 events kept, 12 message TTL (s), 13 group,
--       14 the blob's id or '', 15 why the message failed or '', 16 now (ms), 17 message id or '' for one that enters no
--       chat, 18 chat, 19 name, 20 phone, 21 LID, 22 why the command is a dead letter or '', 23 dead letters kept,
--       24... what is kept of the message: fields and values in turn
-- Answers 1, or 0 when the command had ended before (the entry is removed all the same); FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
-- First what takes no memory: a full Redis refuses only the first write of a script.
redis.call('XACK', KEYS[2], ARGV[13], ARGV[2])
if ARGV[22] ~= '' then
  local entry = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
  if entry then
    redis.call('XADD', KEYS[16], 'MAXLEN', '~', ARGV[23], '*', 'entry', ARGV[2], 'reason', ARGV[22], unpack(entry[2]))
  end
end
redis.call('XDEL', KEYS[2], ARGV[2])
redis.call('UNLINK', KEYS[7])
if KEYS[17] then
  forget_blob({blob = KEYS[17], blobs = KEYS[18], sizes = KEYS[19]}, ARGV[14])
end
local known = redis.call('GET', KEYS[3])
if known and not string.find(known, '"status":"queued"', 1, true) then
  return 0
end
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[4])
local told = false
if ARGV[5] ~= '' then
  -- A receipt can overtake the acknowledgement: never step back, and what was said is not said again.
  local now = redis.call('HGET', KEYS[4], 'status')
  if not now or now == 'queued' then
    redis.call('HSET', KEYS[4], 'status', ARGV[5])
  else
    told = true
  end
  redis.call('HSET', KEYS[4], ARGV[5] .. '_at', ARGV[6])
  if ARGV[15] ~= '' then
    redis.call('HSET', KEYS[4], 'error', ARGV[15])
  end
  if #ARGV > 23 then
    redis.call('HSET', KEYS[4], unpack(ARGV, 24))
  end
  redis.call('EXPIRE', KEYS[4], ARGV[12])
  if ARGV[17] ~= '' then
    local k = {chats = KEYS[8], aliases = KEYS[9], chat = KEYS[10], log = KEYS[11], unread = KEYS[12]}
    k.lid_chat = KEYS[13]
    k.lid_log = KEYS[14] ~= KEYS[3] and KEYS[14] or nil
    k.lid_unread = KEYS[15]
    local m = {id = ARGV[17], chat = ARGV[18], time = ARGV[6], name = ARGV[19], phone = ARGV[20], lid = ARGV[21]}
    index_chat(k, m, tonumber(ARGV[16]), tonumber(ARGV[12]))
  end
end
if ARGV[5] == '' and KEYS[4] ~= KEYS[3] then
  -- Its session is gone, and so are its messages.
  redis.call('UNLINK', KEYS[4])
end
if ARGV[7] ~= '' and not told then
  local entry = redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[11], '*', 'e', ARGV[8])
  redis.call('XADD', KEYS[6], '*', 'p', ARGV[9] .. ' ' .. ARGV[10] .. ' ' .. ARGV[7] .. ' ' .. entry)
end
return 1
