-- Forgets an organization and all that is its, and says who did it. What was done to it is kept for a while.
-- KEYS: 1 organization, 2 audit, 3 tokens, 4... what goes with it
-- ARGV: 1 the record that its deleter wrote, 2 the act, 3 acts kept, 4 how long the audit is kept (s)
-- Answers kept (in the audit only), gone (it has no record) or changed (by somebody else meanwhile, or it has tokens again).
local now = redis.call('GET', KEYS[1])
if not now then
  return 'gone'
end
if now ~= ARGV[1] or redis.call('HLEN', KEYS[3]) > 0 then
  return 'changed'
end
redis.call('UNLINK', KEYS[1], unpack(KEYS, 3))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'a', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 'kept'
