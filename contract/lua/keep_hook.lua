-- Keeps a webhook's record: a new one while there is room, or one in place of the record that its writer had read.
-- KEYS: 1 webhooks, 2 organization
-- ARGV: 1 webhook, 2 the record, 3 the record before it or '' for none, 4 how many there may be
-- Answers kept, full, gone (there is none to change, or the organization was deleted) or changed (by somebody else
-- meanwhile).
if redis.call('GET', KEYS[2]) == '' then
  return 'gone'
end
local now = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[3] == '' then
  -- Asked again after its answer was lost, it is there already.
  if now then
    return now == ARGV[2] and 'kept' or 'changed'
  end
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
    return 'full'
  end
elseif not now then
  return 'gone'
elseif now ~= ARGV[3] and now ~= ARGV[2] then
  return 'changed'
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'kept'
