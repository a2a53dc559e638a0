-- Looks at an organization's session: all that the read routes tell, at one moment. Changes nothing.
-- KEYS: 1 session record, 2 lease, 3 pairing step, 4 event stream
-- ARGV: 1 organization
-- Answers {} for no session, and in the same time for another's, else {owner or '', pairing step or '', last event's entry or '', fields and values in turn...};
-- the owner is '' when the lease is over.
if redis.call('HGET', KEYS[1], 'org') ~= ARGV[1] then
  return {}
end
local record = redis.call('HGETALL', KEYS[1])
local time = redis.call('TIME')
local lease = redis.call('HMGET', KEYS[2], 'owner', 'until')
local owner = lease[1] or ''
if owner ~= '' and (tonumber(lease[2]) or 0) <= time[1] * 1000 + math.floor(time[2] / 1000) then
  owner = ''
end
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
local answer = {owner, redis.call('GET', KEYS[3]) or '', last[1] and last[1][1] or ''}
for i = 1, #record do
  answer[3 + i] = record[i]
end
return answer
