-- Forgets an organization and all that is its, and says who did it. What was done to it is kept for a while.
-- KEYS: 1 organization, 2 audit, 3... what goes with it
-- ARGV: 1 the act, 2 acts kept, 3 how long the audit is kept (s)
-- Answers 1, or 0 when it has no record.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('UNLINK', KEYS[1], unpack(KEYS, 3))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'a', ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
