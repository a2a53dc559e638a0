-- Forgets a member of one of an organization's tables, and says who did it.
-- KEYS: 1 the table, 2 audit
-- ARGV: 1 member, 2 the act, 3 acts kept
-- Answers 1, or 0 when there was none.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'a', ARGV[2])
return 1
