-- Takes a command's share of its session's budget, or says when there may be one.
-- KEYS: 1 lease, 2 session record, 3 spent, 4 met, 5 chats, 6 aliases
-- ARGV: 1 epoch, 2 command, 3 the person that it goes to or ''
-- Answers {wait (ms), limit or '', the record's rate (JSON) or ''}; FENCED.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or lease[2] == '' then
  return redis.error_reply('FENCED the lease has moved on')
end
local rate = redis.call('HGET', KEYS[2], 'rate') or ''
if rate == '' then
  return {0, '', ''}
end
local k = {spent = KEYS[3], met = KEYS[4], chats = KEYS[5], aliases = KEYS[6]}
local wait, limit = spend(rate, k, ARGV[2], ARGV[3])
return {wait, limit, rate}
