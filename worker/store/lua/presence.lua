-- Apply presence events and acknowledge them, atomically: each is applied once. What is older than the latest event
-- of its resource changes nothing: a worker that takes over a dead one's entries meets them out of order.
-- uses    lists
-- KEYS    1: the stream they are on; then one user hash for each event
-- ARGV    1: consumer group, or "" when the events are another partition's, who acknowledges them afterwards; then for
--         each event: entry id, the id it came with, state, resource, device id ("" if none), when it happened (ms),
--         when the lease ends (ms)
-- result  how many were applied or found to be older
local function mark_kicked(key, resource, device_id, kicked)
  local devices, changed = read_list(key, 'd'), false
  for _, device in ipairs(devices) do
    local is_this = device.device_id == resource or (device_id ~= '' and device.device_id == device_id)
    if is_this and (device.kicked or false) ~= kicked then device.kicked, changed = kicked, true end
  end
  if changed then write_list(key, 'd', devices) end
end

local function is_newer(id, other)
  local ms, seq = id:match('(%d+)-(%d+)')
  local other_ms, other_seq = other:match('^(%d+)-(%d+)$')
  if not other_ms then return true end
  if ms ~= other_ms then return tonumber(ms) > tonumber(other_ms) end
  return tonumber(seq) > tonumber(other_seq)
end

-- A connection that has gone is remembered as long as its lease would have lasted: an older event of it may still come.
local function remembered_until(entry)
  local ends = entry.gone_until or entry.online_until or cjson.null
  if ends == cjson.null then return math.huge end
  return tonumber(ends) or 0
end

-- Returns the other connections that are worth remembering, this one, and whether the event is its latest.
local function without(entries, resource, id, now)
  local others, this, is_latest = {}, {}, true
  for _, entry in ipairs(entries) do
    if entry.resource ~= resource then
      if remembered_until(entry) > now then others[#others + 1] = entry end
    else
      this, is_latest = entry, is_newer(id, typed(entry, 'id', 'string') or '')
    end
  end
  return others, this, is_latest
end

local function is_first(id)
  if ARGV[1] == '' then return true end
  local is_acknowledged = redis.call('XACK', KEYS[1], ARGV[1], id) == 1
  if is_acknowledged then redis.call('XDEL', KEYS[1], id) end
  return is_acknowledged
end

local applied = 0
for i = 2, #KEYS do
  local key, at = KEYS[i], 2 + (i - 2) * 7
  local id, state, resource, device_id = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local now, lease_end = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
  -- Before the acknowledgement: a key of another type ends the script here, with the event still on its stream.
  local entries = read_list(key, 'p')
  if is_first(ARGV[at]) then
    applied = applied + 1
    local connections, before, is_latest = without(entries, resource, id, now)
    if is_latest then
      local entry = { resource = resource, id = id }
      if state == 'online' then
        entry.online_until, entry.seen_at = lease_end, now
        if device_id ~= '' then entry.device_id = device_id end
        redis.call('HDEL', key, 'b')
      else
        entry.online_until, entry.gone_until = 0, lease_end
        -- Also after it has gone: whoever was here after a message has seen it.
        entry.device_id, entry.seen_at = typed(before, 'device_id', 'string'), typed(before, 'seen_at', 'number')
      end
      connections[#connections + 1] = entry
      if not write_list(key, 'p', connections) then write_list(key, 'p', { entry }) end
      if state ~= 'offline' then mark_kicked(key, resource, device_id, state == 'kicked') end
    end
  end
end
return applied
