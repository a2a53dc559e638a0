-- Changes what its owner said of a session.
-- KEYS: 1 session record
-- ARGV: 1 organization, 2... fields and values in turn
-- Answers 1, or 0 for no session of that organization.
if redis.call('HGET', KEYS[1], 'org') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1
