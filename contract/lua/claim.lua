-- Takes a lease that is free, over, or already ours. Each change of owner raises the epoch, which fences the old one.
-- KEYS: 1 lease    ARGV: 1 host, 2 TTL (ms)
-- Answers the epoch, or 0 when somebody else holds it.
-- A Redis that is full refuses only the first write of a script, if that takes memory. This one takes none.
redis.call('PERSIST', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'until')
local owner = lease[1]
if owner and owner ~= '' and tonumber(lease[3]) > now then
  if owner == ARGV[1] then
    redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
    return tonumber(lease[2])
  end
  return 0
end
-- At least the time: a primary that takes over may have lost the last claims, whose epochs must not come again.
local epoch = math.max((tonumber(lease[2]) or 0) + 1, now)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', epoch, 'until', now + ARGV[2])
return epoch
