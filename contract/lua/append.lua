-- Appends events to a session's stream and points to them in the outbox; and does to the message store what each of them
-- means. An event whose mark exists is left out, with all that belongs to it.
-- KEYS: 1 lease, 2 session record, 3 event stream, 4 outbox, 5 chats, 6 aliases, 7... per event: its mark, the message
--       that it tells of, its chat, the chat's log and unread messages, the three that the chat had under its LID; the outbox
--       itself for what an event does not have
-- ARGV: 1 epoch, 2 organization, 3 session, 4 events kept, 5 mark TTL (s), 6 message TTL (s), 7 now (ms), 8... per event:
--       kind ('' for a message that is kept without an event), event, what is done to the message ('', 'put', 'change', 'revoke'), message id, chat, time (ms), name,
--       phone, LID, how many arguments follow, the message's fields and values in turn
--       ''      nothing
--       'put'     it is kept, unless its id is taken by another that can be read; and its chat goes by it
--       'change'  its fields are set, if it is kept
--       'revoke'  so too, and its body goes
-- Answers how many were appended; the error FENCED when the lease is another's.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
local none, ttl = KEYS[4], tonumber(ARGV[6])
local appended, at, key = 0, 8, 7
while at <= #ARGV do
  local mark, message, what, fields = KEYS[key], KEYS[key + 1], ARGV[at + 2], tonumber(ARGV[at + 9])
  if mark == none or redis.call('SET', mark, '1', 'NX', 'EX', ARGV[5]) then
    if ARGV[at] ~= '' then
      local entry = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'e', ARGV[at + 1])
      redis.call('XADD', KEYS[4], '*', 'p', ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[at] .. ' ' .. entry)
      appended = appended + 1
    end
    if what ~= '' and message ~= none then
      local known = redis.call('HGET', message, 'kind')
      local free = known == 'undecryptable' or redis.call('EXISTS', message) == 0
      if what == 'put' then
        -- An id that somebody chose to be another message's takes nothing away.
        if free then
          redis.call('HSET', message, unpack(ARGV, at + 10, at + 9 + fields))
          redis.call('EXPIRE', message, ttl)
          if KEYS[key + 2] ~= none then
            local k = {chats = KEYS[5], aliases = KEYS[6], chat = KEYS[key + 2], log = KEYS[key + 3]}
            k.unread = KEYS[key + 4]
            k.lid_chat = KEYS[key + 5]
            k.lid_log = KEYS[key + 6] ~= none and KEYS[key + 6] or nil
            k.lid_unread = KEYS[key + 7]
            local m = {id = ARGV[at + 3], chat = ARGV[at + 4], time = ARGV[at + 5]}
            m.name, m.phone, m.lid = ARGV[at + 6], ARGV[at + 7], ARGV[at + 8]
            m.incoming = ARGV[at] == 'message'
            index_chat(k, m, tonumber(ARGV[7]), ttl)
          end
        end
      elseif not free then
        if fields > 0 then
          redis.call('HSET', message, unpack(ARGV, at + 10, at + 9 + fields))
        end
        if what == 'revoke' then
          redis.call('HDEL', message, 'body')
        end
      end
    end
  end
  at = at + 10 + fields
  key = key + 8
end
return appended
