-- Removes the fields of a device table that begin with a prefix.
-- KEYS: 1 lease, 2 table    ARGV: 1 epoch, 2 prefix
-- Answers how many there were; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local removed = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if string.sub(field, 1, #ARGV[2]) == ARGV[2] then
    removed = removed + redis.call('HDEL', KEYS[2], field)
  end
end
return removed
