-- Forgets a blob: itself, when it ends, and what it has of its shard's budget.
-- k: the keys blob, blobs, sizes
local function forget_blob(k, id)
  redis.call('UNLINK', k.blob)
  redis.call('ZREM', k.blobs, id)
  local size = redis.call('HGET', k.sizes, id)
  if size then
    redis.call('HINCRBY', k.sizes, 'total', -size)
    redis.call('HDEL', k.sizes, id)
  end
end
