-- Takes a command in. Admitting the same command twice changes nothing.
-- KEYS: 1 session record, 2 command stream, 3 outcome, 4 sent message (or the outcome again), 5 event stream, 6 outbox,
--       7 lease, 8 due, 9 scheduled, 10 the session's schedule, 11 spent, 12 met, 13 chats, 14 aliases, and of a command
--       with a blob: 15 blob, 16 blobs
-- ARGV: 1 organization, 2 command, 3 outcome, 4 outcome TTL (s), 5 chat or '' for no message, 6 message TTL (s),
--       7 outbox id, 8 queued event or '', 9 events kept, 10 session id, 11 most entries in the stream,
--       12 '1' for one that needs a session that is connected now, 13 the blob's id, 14 when it is due (ms) or '' for now,
--       15 most scheduled commands of a session, 16 '1' for one that takes its share of the budget now or not at all,
--       17 the person that it goes to or ''
-- Answers {'admitted'}, {'known', outcome}, {'unknown_session'}, {'not_ready', status, reason}, {'full'},
--         {'over', limit, for how long (ms)}, {'no_blob'}
local record = redis.call('HMGET', KEYS[1], 'org', 'wanted', 'status', 'paired', 'reason', 'rate')
if record[1] ~= ARGV[1] then
  return {'unknown_session'}
end
local known = redis.call('GET', KEYS[3])
if known then
  return {'known', known}
end
local status = record[3] or 'stopped'
local refuses = {stopped = true, logged_out = true, banned = true, failed = true}
if record[4] ~= '1' or record[2] ~= 'run' or refuses[status] then
  return {'not_ready', status, record[5] or ''}
end
if ARGV[12] == '1' then
  local time = redis.call('TIME')
  local lease = redis.call('HMGET', KEYS[7], 'owner', 'until')
  local owned = (lease[1] or '') ~= '' and (tonumber(lease[2]) or 0) > time[1] * 1000 + math.floor(time[2] / 1000)
  if status ~= 'connected' or not owned then
    return {'not_ready', owned and status or 'reconnecting', record[5] or ''}
  end
end
if ARGV[14] ~= '' then
  if redis.call('ZCARD', KEYS[10]) >= tonumber(ARGV[15]) then
    return {'full'}
  end
elseif redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[11]) then
  return {'full'}
end
if KEYS[15] and redis.call('EXISTS', KEYS[15]) == 0 then
  return {'no_blob'}
end
local rate = record[6] or ''
if rate ~= '' and ARGV[16] == '1' then
  local k = {spent = KEYS[11], met = KEYS[12], chats = KEYS[13], aliases = KEYS[14]}
  local wait, limit = spend(rate, k, ARGV[7], ARGV[17])
  if wait > 0 then
    return {'over', limit, wait}
  end
end
if KEYS[15] then
  -- The command owns its blob from now on: it lives until the command ends.
  redis.call('PERSIST', KEYS[15])
  redis.call('ZADD', KEYS[16], '+inf', ARGV[13])
end
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[4])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[4], 'chat', ARGV[5], 'status', 'queued', 'outbox', ARGV[7])
  redis.call('EXPIRE', KEYS[4], ARGV[6])
end
if ARGV[8] ~= '' then
  local entry = redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[9], '*', 'e', ARGV[8])
  redis.call('XADD', KEYS[6], '*', 'p', ARGV[1] .. ' ' .. ARGV[10] .. ' message.status ' .. entry)
end
if ARGV[14] ~= '' then
  redis.call('ZADD', KEYS[8], ARGV[14], ARGV[7])
  redis.call('HSET', KEYS[9], ARGV[7], ARGV[2])
  redis.call('ZADD', KEYS[10], ARGV[14], ARGV[7])
else
  redis.call('XADD', KEYS[2], '*', 'c', ARGV[2])
end
return {'admitted'}
