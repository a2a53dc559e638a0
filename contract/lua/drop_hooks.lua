-- Forgets webhooks and all that is theirs.
-- KEYS: 1 webhooks, then of each: its place, dead letters, those on their way again, log
-- ARGV: the webhooks
-- Answers how many of them there were.
local there = 0
for i, webhook in ipairs(ARGV) do
  there = there + redis.call('HDEL', KEYS[1], webhook)
  local at = 4 * (i - 1) + 2
  redis.call('UNLINK', KEYS[at], KEYS[at + 1], KEYS[at + 2], KEYS[at + 3])
end
return there
