-- Removes from a part of a device table the records whose stamp is over. A stamped record begins with the byte 2 and
-- five bytes of seconds, big endian; a stamp of 0 is never over, and records without a stamp are left alone.
-- KEYS: 1 lease, 2 table    ARGV: 1 epoch, 2 cursor, 3 how many to look at, 4 what is below this is over
-- Answers the next cursor ('0': done), how many were removed, and the lowest stamp that was left (0: none); FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local limit = tonumber(ARGV[4])
local part = redis.call('HSCAN', KEYS[2], ARGV[2], 'COUNT', ARGV[3])
local removed, lowest = 0, 0
for i = 1, #part[2], 2 do
  local kind, a, b, c, d, e = string.byte(part[2][i + 1], 1, 6)
  if kind == 2 and e then
    local stamp = (((a * 256 + b) * 256 + c) * 256 + d) * 256 + e
    if stamp > 0 and stamp < limit then
      removed = removed + redis.call('HDEL', KEYS[2], part[2][i])
    elseif stamp > 0 and (lowest == 0 or stamp < lowest) then
      lowest = stamp
    end
  end
end
return {part[1], removed, lowest}
