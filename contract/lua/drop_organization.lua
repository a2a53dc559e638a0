-- Forgets an organization and all that is its, and says who did it: while nothing is left that its deleter must see to
-- himself. What was done to it is kept for a while, and for as long that it is gone: the record is empty.
-- KEYS: 1 organization, 2 audit, 3 sessions, 4 webhooks, 5 tokens, 6... what goes with it
-- ARGV: 1 the record that its deleter wrote, 2 the act, 3 acts kept, 4 how long the audit is kept (s)
-- Answers dropped, gone (it has no record), changed (by somebody else meanwhile), or what it has still: sessions, webhooks
-- or tokens.
local now = redis.call('GET', KEYS[1])
if not now or now == '' then
  return 'gone'
end
if now ~= ARGV[1] then
  return 'changed'
end
if redis.call('ZCARD', KEYS[3]) > 0 then
  return 'sessions'
end
if redis.call('HLEN', KEYS[4]) > 0 then
  return 'webhooks'
end
if redis.call('HLEN', KEYS[5]) > 0 then
  return 'tokens'
end
redis.call('UNLINK', unpack(KEYS, 6))
redis.call('SET', KEYS[1], '', 'EX', ARGV[4])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'a', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 'dropped'
