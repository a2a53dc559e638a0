-- Prolongs a lease that is still ours.
-- KEYS: 1 lease    ARGV: 1 epoch, 2 TTL (ms)
-- Answers 1, or 0 when the lease has another epoch or no owner.
local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if lease[2] ~= ARGV[1] or not lease[1] or lease[1] == '' then
  return 0
end
-- A Redis that is full refuses only the first write of a script, if that takes memory. This one takes none.
redis.call('PERSIST', KEYS[1])
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
return 1
