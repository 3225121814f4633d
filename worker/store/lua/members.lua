-- Read fields of a hash, or all of it. In a script because a key of another type counts as no hash.
-- KEYS    1: hash
-- ARGV    the fields; none: all
-- result  the values, false where there is none; of all: {field, value, …}
local answer = #ARGV == 0 and redis.pcall('HGETALL', KEYS[1]) or redis.pcall('HMGET', KEYS[1], unpack(ARGV))
if not answer.err then return answer end
local none = {}
for i = 1, #ARGV do none[i] = false end
return none
