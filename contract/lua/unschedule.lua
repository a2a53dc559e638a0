-- Takes a scheduled command out before its time, and ends it.
-- KEYS: 1 due, 2 scheduled, 3 the session's schedule, 4 outcome, 5 sent message, 6 event stream, 7 outbox, and of a command
--       with a blob: 8 blob, 9 blobs, 10 blob sizes
-- ARGV: 1 command, 2 outcome, 3 outcome TTL (s), 4 why (JSON), 5 now (ms), 6 message TTL (s), 7 event, 8 organization,
--       9 session, 10 events kept, 11 the blob's id
-- Answers 1, or 0 when it is not scheduled (any more).
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then
  return 0
end
if KEYS[8] then
  forget_blob({blob = KEYS[8], blobs = KEYS[9], sizes = KEYS[10]}, ARGV[11])
end
redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[5], 'status', 'failed', 'failed_at', ARGV[5], 'error', ARGV[4])
redis.call('EXPIRE', KEYS[5], ARGV[6])
local entry = redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[10], '*', 'e', ARGV[7])
redis.call('XADD', KEYS[7], '*', 'p', ARGV[8] .. ' ' .. ARGV[9] .. ' message.status ' .. entry)
return 1
