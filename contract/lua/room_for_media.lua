-- Makes room in the shard's cache of received files, and takes it for one. What has not been asked for longest goes first.
-- KEYS: 1 lease, 2 the cached files by when they were last asked for (ms), 3 their sizes
-- ARGV: 1 epoch, 2 the file's name, 3 its bytes, 4 the shard's budget (bytes), 5 now (ms), 6 TTL of a file (s)
-- Answers the names of the files that must go (their keys are the caller's to delete); false when it is over the budget
-- by itself; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local bytes, budget = tonumber(ARGV[3]), tonumber(ARGV[4])
if bytes > budget then
  return false
end
local function take_out(name)
  local size = redis.call('HGET', KEYS[3], name)
  if size then
    redis.call('HINCRBY', KEYS[3], 'total', -size)
    redis.call('HDEL', KEYS[3], name)
  end
  redis.call('ZREM', KEYS[2], name)
end
-- Those are gone by themselves.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[5] - ARGV[6] * 1000, 'LIMIT', 0, 100)) do
  take_out(name)
end
take_out(ARGV[2])
local gone = {}
while (tonumber(redis.call('HGET', KEYS[3], 'total')) or 0) + bytes > budget do
  local name = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not name then
    -- The sizes are all that is left of an accident.
    redis.call('UNLINK', KEYS[3])
    break
  end
  take_out(name)
  gone[#gone + 1] = name
end
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], bytes)
redis.call('HINCRBY', KEYS[3], 'total', bytes)
return gone
