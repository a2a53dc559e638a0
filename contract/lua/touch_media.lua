-- Says that a cached file was asked for, so that it stays.
-- KEYS: 1 the file, 2 the cached files by when they were last asked for (ms)
-- ARGV: 1 its name, 2 now (ms), 3 TTL (s)
-- Answers its bytes, or false when it is not there, or not whole.
local bytes = redis.call('HGET', KEYS[1], 'bytes')
if not bytes then
  return false
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], 'XX', ARGV[2], ARGV[1])
return tonumber(bytes)
