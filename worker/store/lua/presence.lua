-- Apply presence events and acknowledge them, atomically: each is applied once, in stream order.
-- KEYS    1: events stream; then one user hash for each event
-- ARGV    1: consumer group; then for each event: entry id, state, resource, device id ("" if none),
--         timestamp (ms), when the lease ends (ms)
-- result  how many were applied
local function list(key, field)
  local text = redis.call('HGET', key, field)
  -- What cannot be read counts as nothing: an error here would undo no write above and stop all that follow.
  local is_read, items = pcall(cjson.decode, text or '[]')
  return is_read and type(items) == 'table' and items or {}
end

local function store(key, field, items)
  if #items == 0 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, cjson.encode(items)) end
end

local function mark_kicked(key, resource, device_id, kicked)
  local devices, changed = list(key, 'd'), false
  for _, device in ipairs(devices) do
    local is_this = device.device_id == resource or (device_id ~= '' and device.device_id == device_id)
    if is_this and (device.kicked or false) ~= kicked then device.kicked, changed = kicked, true end
  end
  if changed then store(key, 'd', devices) end
end

local applied = 0
for i = 2, #KEYS do
  local key, at = KEYS[i], 2 + (i - 2) * 6
  local id, state, resource, device_id = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local now, lease_end = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  if redis.call('XACK', KEYS[1], ARGV[1], id) == 1 then
    redis.call('XDEL', KEYS[1], id)
    local kept = {}
    for _, entry in ipairs(list(key, 'p')) do
      if entry.resource ~= resource and entry.online_until > now then kept[#kept + 1] = entry end
    end
    if state == 'online' then
      local entry = { resource = resource, online_until = lease_end }
      if device_id ~= '' then entry.device_id = device_id end
      kept[#kept + 1] = entry
      redis.call('HDEL', key, 'b')
    end
    store(key, 'p', kept)
    if state ~= 'offline' then mark_kicked(key, resource, device_id, state == 'kicked') end
    applied = applied + 1
  end
end
return applied
