-- A user's settings and each override are one JSON object in one field. Other programs write there too: what is no object
-- counts as empty, for a user who sets something must not fail over what somebody else has left there.
local function read_record(key, field)
  local is_read, record = pcall(cjson.decode, redis.call('HGET', key, field) or '{}')
  return is_read and type(record) == 'table' and record or {}
end

-- Members named null are removed, the others set, the rest stays: JSON Merge Patch (RFC 7396), one level deep.
local function merge(record, patch)
  for name, value in pairs(patch) do
    if value == cjson.null then record[name] = nil else record[name] = value end
  end
  return record
end

-- Returns the record as it is now, as JSON. A number beyond all range can be read, and not written again: then what was
-- there before gives way to ``patch``.
local function write_record(key, field, record, patch)
  local is_written, text = pcall(cjson.encode, record)
  if not is_written then text = cjson.encode(merge({}, patch)) end
  if next(record) == nil or text == '{}' then redis.call('HDEL', key, field) else redis.call('HSET', key, field, text) end
  return text
end
