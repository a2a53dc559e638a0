-- Makes a session; if it is to run, its first command too.
-- KEYS: 1 session record, 2 the shard's sessions, 3 command stream
-- ARGV: 1 session id, 2 command or '', 3... fields and values of the record
-- Answers 'created', or 'exists' when the id is taken.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 'exists'
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('SADD', KEYS[2], ARGV[1])
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[3], '*', 'c', ARGV[2])
end
return 'created'
