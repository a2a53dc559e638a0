-- Says that the account has read a chat up to a time, or that it has marked it as unread.
-- KEYS: 1 lease, 2 chat, 3 the chat's unread messages, 4 chats
-- ARGV: 1 epoch, 2 up to when it was read (ms), or '' when it was marked as unread, 3 message TTL (s), 4 the chat's address
-- Answers 1, or 0 for a chat that has no messages; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
-- Nothing is kept of a chat that is not in the index: its session's deletion would not find it.
if not redis.call('ZSCORE', KEYS[4], ARGV[4]) then
  return 0
end
if ARGV[2] == '' then
  redis.call('HSET', KEYS[2], 'marked', '1')
else
  -- Messages of that time may still be on their way: they were read too.
  local before = tonumber(redis.call('HGET', KEYS[2], 'read_at') or '0')
  if tonumber(ARGV[2]) > before then
    redis.call('HSET', KEYS[2], 'read_at', ARGV[2])
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
  redis.call('HSET', KEYS[2], 'unread', redis.call('ZCARD', KEYS[3]))
  redis.call('HDEL', KEYS[2], 'marked')
end
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
