-- Merge patches into users' settings and overrides: two clients that change different members lose nothing.
-- uses    arguments, records
-- KEYS    user hashes
-- ARGV    1: most fields of a hash; then for each user: number of patches, then for each: field, condition, patch. Both
--         are JSON objects: the patch applies only where the record has the condition's members
-- result  for each patch the record after it, as JSON; false where it was a field too many and was not written
local most, results = tonumber(take()), {}
-- A key of another type ends the script here, before anything is written.
for _, key in ipairs(KEYS) do redis.call('HLEN', key) end

local function has(record, condition)
  for name, value in pairs(condition) do
    if record[name] ~= value then return false end
  end
  return true
end

local function apply(key, field, condition, patch)
  local record = read_record(key, field)
  if has(record, condition) then merge(record, patch) end
  local is_more = next(record) ~= nil and redis.call('HEXISTS', key, field) == 0
  if is_more and redis.call('HLEN', key) >= most then return false end
  return write_record(key, field, record, patch)
end

for _, key in ipairs(KEYS) do
  for _ = 1, tonumber(take()) do
    results[#results + 1] = apply(key, take(), cjson.decode(take()), cjson.decode(take()))
  end
end
return results
