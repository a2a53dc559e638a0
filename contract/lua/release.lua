-- Gives a lease back, so that another host need not wait for its end. The epoch stays, and is raised by the next claim.
-- KEYS: 1 lease    ARGV: 1 epoch
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return 0
end
-- A Redis that is full refuses only the first write of a script, if that takes memory. This one takes none.
redis.call('PERSIST', KEYS[1])
redis.call('HSET', KEYS[1], 'owner', '', 'until', 0)
return 1
