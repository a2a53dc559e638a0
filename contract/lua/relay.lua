-- Puts pointers into an organization's feed. Outbox entries at or before the last relayed one are left out, so a
-- host that died between this and the removal from its outbox repeats nothing.
-- KEYS: 1 feed, 2 relayed    ARGV: 1 shard, 2 pointers kept, 3... outbox entry and pointer in turn
-- Answers how many were put in.
local function after(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am > bm or (am == bm and as > bs)
end
local last = redis.call('HGET', KEYS[2], ARGV[1]) or '0-0'
local added = 0
for i = 3, #ARGV, 2 do
  if after(ARGV[i], last) then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'p', ARGV[i + 1])
    last = ARGV[i]
    added = added + 1
  end
end
redis.call('HSET', KEYS[2], ARGV[1], last)
return added
