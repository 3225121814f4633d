-- Apply presence events and acknowledge them, atomically: each is applied once. What is older than the latest event
-- of its resource changes nothing: a worker that takes over a dead one's entries meets them out of order.
-- KEYS    1: events stream; then one user hash for each event
-- ARGV    1: consumer group; then for each event: entry id, state, resource, device id ("" if none),
--         when it happened (ms), when the lease ends (ms)
-- result  how many were acknowledged
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

local function is_newer(id, other)
  local ms, seq = id:match('(%d+)-(%d+)')
  local other_ms, other_seq = other:match('(%d+)-(%d+)')
  if ms ~= other_ms then return tonumber(ms) > tonumber(other_ms) end
  return tonumber(seq) > tonumber(other_seq)
end

-- A connection that has gone is remembered as long as its lease would have lasted: an older event of it may still come.
local function remembered_until(entry)
  return entry.gone_until or entry.online_until or math.huge
end

-- Returns the other connections that are worth remembering, and whether the event is the latest of its resource.
local function without(entries, resource, id, now)
  local others, is_latest = {}, true
  for _, entry in ipairs(entries) do
    if entry.resource ~= resource then
      if remembered_until(entry) > now then others[#others + 1] = entry end
    elseif entry.id and not is_newer(id, entry.id) then
      is_latest = false
    end
  end
  return others, is_latest
end

local acknowledged = 0
for i = 2, #KEYS do
  local key, at = KEYS[i], 2 + (i - 2) * 6
  local id, state, resource, device_id = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local now, lease_end = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  if redis.call('XACK', KEYS[1], ARGV[1], id) == 1 then
    redis.call('XDEL', KEYS[1], id)
    acknowledged = acknowledged + 1
    local connections, is_latest = without(list(key, 'p'), resource, id, now)
    if is_latest then
      local entry = { resource = resource, id = id }
      if state == 'online' then
        entry.online_until = lease_end
        if device_id ~= '' then entry.device_id = device_id end
        redis.call('HDEL', key, 'b')
      else
        entry.online_until, entry.gone_until = 0, lease_end
      end
      connections[#connections + 1] = entry
      store(key, 'p', connections)
      if state ~= 'offline' then mark_kicked(key, resource, device_id, state == 'kicked') end
    end
  end
end
return acknowledged
