-- What a message that is kept does to the index of its session's chats. Stands before the scripts that keep messages.
-- k: keys: chats, aliases, chat, log, lid_log (the log that the chat had under its LID; nil where it has none)
-- m: the message's id, chat, time (ms), name, phone, lid; an empty string for what is not known
local function index_chat(k, m, now, ttl)
  local oldest = '(' .. string.format('%.0f', now - ttl * 1000)
  if k.lid_log and redis.call('EXISTS', k.lid_log) == 1 then
    -- The chat's phone number has become known: what it had under its LID is its own.
    redis.call('ZUNIONSTORE', k.log, 2, k.log, k.lid_log, 'AGGREGATE', 'MAX')
    redis.call('UNLINK', k.lid_log)
    redis.call('ZREM', k.chats, m.lid)
  end
  redis.call('ZADD', k.log, m.time, m.id)
  redis.call('ZREMRANGEBYSCORE', k.log, '-inf', oldest)
  redis.call('EXPIRE', k.log, ttl)
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

