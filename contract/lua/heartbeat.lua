-- Says that a host is there, and who else is.
-- KEYS: 1 roster
-- ARGV: 1 host, 2 for how long one is there after it said so (ms), 3 after how long it is forgotten (ms)
-- Answers the hosts that are there.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- First what takes no memory: a full Redis refuses only the first write of a script.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[2], '+inf')
