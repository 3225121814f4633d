-- A user's devices, retired devices and connections are each one JSON list of records in one field. Other programs write
-- there too: what is no record counts as nothing, for an error here would undo no write before it and stop all that follow.
local function read_list(key, field)
  local is_read, items = pcall(cjson.decode, redis.call('HGET', key, field) or '[]')
  local records = {}
  for _, item in ipairs(is_read and type(items) == 'table' and items or {}) do
    if type(item) == 'table' then records[#records + 1] = item end
  end
  return records
end

-- Returns whether it could be written: a number beyond all range can be read, and not written again.
local function write_list(key, field, items)
  if #items == 0 then return redis.call('HDEL', key, field) end
  local is_written, text = pcall(cjson.encode, items)
  if is_written then redis.call('HSET', key, field, text) end
  return is_written
end

-- Returns a member of a record if it has the type that it should have.
local function typed(record, name, kind)
  return type(record[name]) == kind and record[name] or nil
end
