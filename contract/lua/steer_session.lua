-- Says what is wanted of a session and takes in the command that makes it so.
-- KEYS: 1 session record, 2 command stream, 3 outcome
-- ARGV: 1 organization, 2 command, 3 outcome, 4 outcome TTL (s), 5 wanted or '', 6 now (unix ms)
-- Answers {'admitted', status} or {'unknown_session'}
local record = redis.call('HMGET', KEYS[1], 'org', 'status')
if record[1] ~= ARGV[1] then
  return {'unknown_session'}
end
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'wanted', ARGV[5], 'updated_at', ARGV[6])
end
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[4])
redis.call('XADD', KEYS[2], '*', 'c', ARGV[2])
return {'admitted', record[2] or 'stopped'}
