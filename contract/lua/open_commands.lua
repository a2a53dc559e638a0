-- Opens a shard's command stream to its owner: under the epoch's own consumer group, which begins with everything that is
-- not completed, in order. The groups of earlier epochs go, so an owner that has lost its lease and does not know it yet
-- reads nothing: what it took would reach nobody else.
-- KEYS: 1 lease, 2 command stream    ARGV: 1 epoch, 2 group
-- Answers 1; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
-- First what takes no memory: a full Redis refuses only the first write of a script.
redis.call('PERSIST', KEYS[1])
local groups = redis.call('EXISTS', KEYS[2]) == 1 and redis.call('XINFO', 'GROUPS', KEYS[2]) or {}
local open = false
for _, group in ipairs(groups) do
  -- A flat list of names and values; the group's name comes first.
  if group[2] == ARGV[2] then
    open = true
  else
    redis.call('XGROUP', 'DESTROY', KEYS[2], group[2])
  end
end
if not open then
  redis.call('XGROUP', 'CREATE', KEYS[2], ARGV[2], '0', 'MKSTREAM')
end
return 1
