-- Read one field of many hashes.
-- KEYS    hashes
-- ARGV    1: field
-- result  for each its value; false where there is none, or the key holds another type
local values = {}
for i, key in ipairs(KEYS) do
  local value = redis.pcall('HGET', key, ARGV[1])
  values[i] = type(value) == 'string' and value
end
return values
