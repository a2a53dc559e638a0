-- Asks the hosts that verify logins, if any is there and not too much waits for them.
-- KEYS: 1 who verifies logins, 2 what is asked of them
-- ARGV: 1 for how long a host is there after it said so (ms), 2 after how long it is forgotten (ms), 3 how many asks may
--   wait, 4 the ask, 5 how long what is asked is kept (s)
-- Answers asked; off when nobody verifies logins; away when who did has been silent; full.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
if not last or last < now - ARGV[2] then
  return 'off'
end
if last < now - ARGV[1] then
  return 'away'
end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then
  return 'full'
end
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 'asked'
