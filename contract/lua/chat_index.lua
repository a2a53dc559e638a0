-- What a message that is kept does to the index of its session's chats. Stands before the scripts that keep messages.
-- k: keys: chats, aliases, chat, log, unread; lid_chat, lid_log, lid_unread (those that the chat had under its LID; nil
--    where it has none)
-- m: the message's id, chat, time (ms), name, phone, lid; an empty string for what is not known; incoming: whether another
--    wrote it just now
local function index_chat(k, m, now, ttl)
  local oldest = '(' .. string.format('%.0f', now - ttl * 1000)
  if k.lid_log and redis.call('EXISTS', k.lid_log) == 1 then
    -- The chat's phone number has become known: what it had under its LID is its own.
    redis.call('ZUNIONSTORE', k.log, 2, k.log, k.lid_log, 'AGGREGATE', 'MAX')
    redis.call('UNLINK', k.lid_log)
    redis.call('ZREM', k.chats, m.lid)
    redis.call('ZUNIONSTORE', k.unread, 2, k.unread, k.lid_unread, 'AGGREGATE', 'MAX')
    for _, field in ipairs({'marked', 'read_at'}) do
      local before = redis.call('HGET', k.lid_chat, field)
      if before then
        redis.call('HSETNX', k.chat, field, before)
      end
    end
    redis.call('UNLINK', k.lid_unread, k.lid_chat)
  end
  redis.call('ZADD', k.log, m.time, m.id)
  redis.call('ZREMRANGEBYSCORE', k.log, '-inf', oldest)
  redis.call('EXPIRE', k.log, ttl)
  -- What was read on another device before it came here is not unread.
  if m.incoming and tonumber(m.time) > tonumber(redis.call('HGET', k.chat, 'read_at') or '0') then
    redis.call('ZADD', k.unread, m.time, m.id)
  end
  redis.call('ZREMRANGEBYSCORE', k.unread, '-inf', oldest)
  redis.call('EXPIRE', k.unread, ttl)
  redis.call('HSET', k.chat, 'unread', redis.call('ZCARD', k.unread))
  redis.call('ZADD', k.chats, 'GT', m.time, m.chat)
  redis.call('ZREMRANGEBYSCORE', k.chats, '-inf', oldest)
  redis.call('EXPIRE', k.chats, ttl)
  if redis.call('ZREVRANGE', k.log, 0, 0)[1] == m.id then
    redis.call('HSET', k.chat, 'last', m.id)
  end
  for _, field in ipairs({'name', 'phone', 'lid'}) do
    if m[field] ~= '' then
      redis.call('HSET', k.chat, field, m[field])
    end
  end
  redis.call('EXPIRE', k.chat, ttl)
  if m.lid ~= '' and m.lid ~= m.chat then
    redis.call('HSET', k.aliases, m.lid, m.chat)
    redis.call('EXPIRE', k.aliases, ttl)
  end
end

