-- Takes files out of the shard's cache, whose keys the caller has deleted.
-- KEYS: 1 lease, 2 the cached files by when they were last asked for (ms), 3 their sizes
-- ARGV: 1 epoch, 2... the files' names
-- Answers 1; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
for at = 2, #ARGV do
  local size = redis.call('HGET', KEYS[3], ARGV[at])
  if size then
    redis.call('HINCRBY', KEYS[3], 'total', -size)
    redis.call('HDEL', KEYS[3], ARGV[at])
  end
  redis.call('ZREM', KEYS[2], ARGV[at])
end
return 1
