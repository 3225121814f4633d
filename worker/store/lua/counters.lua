-- Read the counters of several days.
-- KEYS    statistics hashes
-- ARGV    none
-- result  for each {field, value, …}
local days = {}
for i, key in ipairs(KEYS) do days[i] = redis.call('HGETALL', key) end
return days
