-- Keeps an organization's record, and who did it: a first one, or one in place of the record that its writer had read.
-- KEYS: 1 organization, 2 audit
-- ARGV: 1 the record, 2 the record before it or '' for none, 3 the act, 4 acts kept
-- Answers kept, gone (there is none to change, or it was deleted) or changed (by somebody else meanwhile).
local now = redis.call('GET', KEYS[1])
if now == ARGV[1] then
  -- Asked again after its answer was lost, or nothing is changed by it.
  return 'kept'
end
if now == '' or (ARGV[2] ~= '' and not now) then
  return 'gone'
elseif (now or '') ~= ARGV[2] then
  return 'changed'
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'a', ARGV[3])
return 'kept'
