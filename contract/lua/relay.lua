-- Puts pointers into an organization's feed, and drops the oldest. Outbox entries at or before the last relayed one are
-- left out, so a host that died between this and the removal from its outbox repeats nothing. What was dropped last is
-- remembered: a reader that stands before it has missed some.
-- KEYS: 1 feed, 2 relayed
-- ARGV: 1 shard, 2 most pointers kept, 3 the oldest entry to keep or '' for not to look, 4... outbox entry and pointer in
--       turn
-- Answers how many were put in.
local function after(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am > bm or (am == bm and as > bs)
end
local function drop_before(oldest)
  local last = redis.call('XREVRANGE', KEYS[1], '(' .. oldest, '-', 'COUNT', 1)[1]
  if last then
    redis.call('XTRIM', KEYS[1], 'MINID', oldest)
    redis.call('HSET', KEYS[2], 'gone', last[1] .. ' ' .. last[2][2])
  end
end
local last = redis.call('HGET', KEYS[2], ARGV[1]) or '0-0'
local added = 0
for i = 4, #ARGV, 2 do
  if after(ARGV[i], last) then
    redis.call('XADD', KEYS[1], '*', 'p', ARGV[i + 1])
    last = ARGV[i]
    added = added + 1
  end
end
redis.call('HSET', KEYS[2], ARGV[1], last)
if ARGV[3] ~= '' then
  drop_before(ARGV[3])
end
-- A little more than was added, so that a bound that was lowered is reached bit by bit.
local over = math.min(redis.call('XLEN', KEYS[1]) - tonumber(ARGV[2]), added + 1000)
if over > 0 then
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', over + 1)
  drop_before(oldest[#oldest][1])
end
return added
