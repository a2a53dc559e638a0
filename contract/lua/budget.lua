-- A session's budget: how much may go out in a minute and in an hour, and to how many new people in a day.
-- spend(rate, k, id, person) takes a command's share by Redis's clock and answers 0; where there is none, it takes nothing and
-- answers for how many ms not, and by which limit. What took its share less than a minute ago has it still, from now on.
-- rate: the JSON of the record's `rate`; k: the keys spent, met, chats, aliases; person: '' for what goes to no person.
-- It begins with no write that a full Redis takes: that would let all the others through.
local function spend(rate, k, id, person)
  rate = cjson.decode(rate)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local wait, limit = 0, ''
  local function within(key, most, window, name)
    if most then
      local last = redis.call('ZREVRANGE', key, most - 1, most - 1, 'WITHSCORES')[2]
      local left = last and last + window - now or 0
      if left > wait then
        wait, limit = left, name
      end
    end
  end
  local took = redis.call('ZSCORE', k.spent, id)
  if took and took + 60000 > now then
    redis.call('ZADD', k.spent, now, id)
    return 0, ''
  end
  if took then
    redis.call('ZREM', k.spent, id)
  end
  within(k.spent, rate.per_minute, 60000, 'per_minute')
  within(k.spent, rate.per_hour, 3600000, 'per_hour')
  local new = false
  if rate.new_contacts_per_day and person ~= '' then
    person = redis.call('HGET', k.aliases, person) or person
    new = not (redis.call('ZSCORE', k.met, person) or redis.call('ZSCORE', k.chats, person))
    if new then
      within(k.met, rate.new_contacts_per_day, 86400000, 'new_contacts_per_day')
    end
  end
  if wait > 0 then
    return wait, limit
  end
  if rate.per_minute or rate.per_hour then
    redis.call('ZADD', k.spent, now, id)
    redis.call('ZREMRANGEBYSCORE', k.spent, '-inf', now - 3600000)
    redis.call('PEXPIRE', k.spent, 3600000)
  end
  if new then
    redis.call('ZADD', k.met, now, person)
    redis.call('ZREMRANGEBYSCORE', k.met, '-inf', now - 34560000000)
    redis.call('PEXPIRE', k.met, 34560000000)
  end
  return 0, ''
end
