-- Has dead letters delivered again: they move to another stream, in their order, which the delivering host empties. Moving
-- the same once more changes nothing.
-- KEYS: 1 webhooks, 2 dead letters, 3 those on their way again
-- ARGV: 1 webhook, 2 look from this entry on, 3 to this one, 4 how many to look at, 5 how many may be on their way,
--   6... ids of events; without any, all
-- Answers how many were moved, how many were looked at, the last entry looked at ('' for none), and 1 when there was no
-- room for all; or gone.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 'gone'
end
local wanted
for i = 6, #ARGV do
  wanted = wanted or {}
  wanted[ARGV[i]] = true
end
local room = tonumber(ARGV[5]) - redis.call('XLEN', KEYS[3])
local moved, looked, last = 0, 0, ''
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[3], 'COUNT', ARGV[4])) do
  local letter = entry[2][2]
  local id = string.match(letter, '"event_id":"([^"]*)"')
  if not wanted or wanted[id] then
    if moved >= room then
      return {moved, looked, last, 1}
    end
    redis.call('XADD', KEYS[3], '*', 'd', letter)
    redis.call('XDEL', KEYS[2], entry[1])
    moved = moved + 1
  end
  looked, last = looked + 1, entry[1]
end
return {moved, looked, last, 0}
