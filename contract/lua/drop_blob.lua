-- Forgets a blob that no command owns.
-- KEYS: 1 blob, 2 blobs, 3 blob sizes
-- ARGV: 1 the blob's id
-- Answers 1, or 0 when a command owns it.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) == 'inf' then
  return 0
end
forget_blob({blob = KEYS[1], blobs = KEYS[2], sizes = KEYS[3]}, ARGV[1])
return 1
