-- Revoke the tokens that a key stands for, as far as they were issued until a moment. An earlier moment than the one that
-- is known changes nothing.
-- KEYS    1: the revocation
-- ARGV    1: the moment (ms), 2: how long it matters (ms): until the last of the tokens has expired
-- result  0
local known = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if known < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 0
