-- Renames the tables of a device that exist, and lets them live for a while under their new names.
-- KEYS: 1 lease, 2... a table and its new name in turn    ARGV: 1 epoch, 2 seconds
-- Answers how many tables there were; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local tables = 0
for i = 2, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i + 1])
    redis.call('EXPIRE', KEYS[i + 1], ARGV[2])
    tables = tables + 1
  end
end
return tables
