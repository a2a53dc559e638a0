-- Has an organization of an id be there anew, should one have been deleted that had it. What was done to that one is
-- nothing to this one: it is put aside, where it goes at its time, and this one's audit begins empty and does not end.
-- Whether there was one.
local function revive(organization, audit, aside)
  local was_deleted = redis.call('GET', organization) == ''
  if was_deleted then
    redis.call('DEL', organization)
  end
  if redis.call('TTL', audit) >= 0 then
    redis.call('RENAME', audit, aside)
  end
  return was_deleted
end
