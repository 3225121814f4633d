-- Replace fields of users' hashes, all or none: what a state record names, and nothing else.
-- uses    arguments
-- KEYS    user hashes, one for each record; one user may come twice
-- ARGV    for each record: number of fields to set, then field, value of each; number of fields to remove, then each
-- result  how many records were written
-- A key of another type ends the script here, before anything is written.
for _, key in ipairs(KEYS) do redis.call('HLEN', key) end
for _, key in ipairs(KEYS) do
  for _ = 1, tonumber(take()) do redis.call('HSET', key, take(), take()) end
  for _ = 1, tonumber(take()) do redis.call('HDEL', key, take()) end
end
return #KEYS
