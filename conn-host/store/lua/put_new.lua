-- Sets fields of a device table that do not exist yet, and leaves those that do as they are.
-- KEYS: 1 lease, 2 table    ARGV: 1 epoch, 2... field and value in turn
-- Answers the fields that existed, each followed by its value; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local there = {}
for i = 2, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) == 0 then
    there[#there + 1] = ARGV[i]
    there[#there + 1] = redis.call('HGET', KEYS[2], ARGV[i])
  end
end
return there
