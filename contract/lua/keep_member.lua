-- Keeps a member of one of an organization's tables (a user's record, where a token is), and who did it: a new one while
-- there is room, or one in place of the value that its writer had read.
-- KEYS: 1 the table, 2 audit, 3 organization
-- ARGV: 1 member, 2 its value, 3 the value before it or '' for none, 4 how many there may be, 5 the act, 6 acts kept
-- Answers kept, full, gone (there is none to change, or the organization was deleted) or changed (by somebody else
-- meanwhile).
if redis.call('GET', KEYS[3]) == '' then
  return 'gone'
end
local now = redis.call('HGET', KEYS[1], ARGV[1])
if now == ARGV[2] then
  -- Asked again after its answer was lost, or nothing is changed by it.
  return 'kept'
end
if ARGV[3] == '' then
  if now then
    return 'changed'
  end
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
    return 'full'
  end
elseif not now then
  return 'gone'
elseif now ~= ARGV[3] then
  return 'changed'
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'a', ARGV[5])
return 'kept'
