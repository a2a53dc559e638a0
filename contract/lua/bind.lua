-- Binds an Idempotency-Key to a command, for as long as the record lives; the first caller wins.
-- KEYS: 1 idempotency record    ARGV: 1 record, 2 TTL (s)
-- Answers the record that stands: the caller's own, or the earlier one.
local bound = redis.call('GET', KEYS[1])
if bound then
  return bound
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]
