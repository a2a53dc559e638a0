-- Looks at webhooks, in one moment.
-- KEYS: of each: its place, its dead letters, those on their way again
-- Answers seven values of each: the breaker's failures, opened, opened_at, retry_at ('' for none); how many dead letters
-- there are, and how many on their way again; the cursor ('' for none).
local told = {}
for i = 1, #KEYS, 3 do
  local place = redis.call('HMGET', KEYS[i], 'failures', 'opened', 'opened_at', 'retry_at', 'cursor')
  for field = 1, 4 do
    told[#told + 1] = place[field] or ''
  end
  told[#told + 1] = redis.call('XLEN', KEYS[i + 1])
  told[#told + 1] = redis.call('XLEN', KEYS[i + 2])
  told[#told + 1] = place[5] or ''
end
return told
