-- Puts a session into its organization's index, and has that organization be there: in one step, so that an organization
-- that is deleted meanwhile either stays for the session or is there anew.
-- KEYS: 1 organization, 2 audit, 3 where the audit of one that was deleted is put aside, 4 sessions
-- ARGV: 1 session, 2 when it was made (unix ms)
-- Answers 1, or 0 when it was there already.
revive(KEYS[1], KEYS[2], KEYS[3])
return redis.call('ZADD', KEYS[4], 'NX', ARGV[2], ARGV[1])
