-- Forgets a blob that no command owns.
-- KEYS: 1 blob, 2 blobs, 3 blob sizes
-- ARGV: 1 the blob's id
-- Answers 1, or 0 when a command owns it.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) == 'inf' then
  return 0
end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
local size = redis.call('HGET', KEYS[3], ARGV[1])
if size then
  redis.call('HINCRBY', KEYS[3], 'total', -size)
  redis.call('HDEL', KEYS[3], ARGV[1])
end
return 1
