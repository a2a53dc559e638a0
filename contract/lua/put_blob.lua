-- Puts a chunk into a blob, within the shard's budget. Putting it again changes nothing. What is over is forgotten first.
-- KEYS: 1 blob, 2 blobs (by when they end), 3 blob sizes
-- ARGV: 1 chunk number, 2 bytes, 3 TTL (s), 4 the blob's id, 5 the shard's budget (bytes)
-- Answers 1, or 0 when the budget is used up.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  local size = redis.call('HGET', KEYS[3], over)
  if size then
    redis.call('HINCRBY', KEYS[3], 'total', -size)
    redis.call('HDEL', KEYS[3], over)
  end
  redis.call('ZREM', KEYS[2], over)
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return 1
end
if (tonumber(redis.call('HGET', KEYS[3], 'total')) or 0) + #ARGV[2] > tonumber(ARGV[5]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3] * 1000, ARGV[4])
redis.call('HINCRBY', KEYS[3], ARGV[4], #ARGV[2])
redis.call('HINCRBY', KEYS[3], 'total', #ARGV[2])
return 1
