-- Writes a token's record over the one that its writer had read, so that no revocation, suspension or change by another is
-- undone. Its TTL stays.
-- KEYS: 1 token
-- ARGV: 1 the record that was read, 2 the record
-- Answers 1, or 0 when it is another one now, or gone.
local now = redis.call('GET', KEYS[1])
if now == ARGV[2] then
  -- Asked again after its answer was lost.
  return 1
end
if now ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'XX', 'KEEPTTL')
return 1
