-- Has an organization of this id be there.
-- KEYS: 1 organization, 2 audit, 3 where the audit of one that was deleted is put aside
-- Answers 1 when one of this id was deleted before, else 0.
return revive(KEYS[1], KEYS[2], KEYS[3]) and 1 or 0
