-- A user's devices, retired devices and connections are each one JSON list in one field.
local function read_list(key, field)
  local text = redis.call('HGET', key, field)
  -- What cannot be read counts as nothing: an error here would undo no write above and stop all that follow.
  local is_read, items = pcall(cjson.decode, text or '[]')
  return is_read and type(items) == 'table' and items or {}
end

local function write_list(key, field, items)
  if #items == 0 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, cjson.encode(items)) end
end
