-- Bind a device to a channel, or unbind it; a repeat changes nothing but the time. The server's clock says when it was
-- bound, as it says when a push was handed over: the two are compared when a token dies. A token that the user has bound
-- under another device id goes along: it is one phone, which would be pushed twice.
-- uses    lists
-- KEYS    1: user hash
-- ARGV    1: device id, 2: notifier ("": all of the device's), 3: token ("": unbind), 4: most bindings of a user
-- result  the user's bindings, as JSON; nil for none
local device_id, notifier, token, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local is_binding, bindings, place = notifier ~= '' and token ~= '', {}, nil
local function gives_way(device)
  local is_of_channel = notifier == '' or device.notifier == notifier
  return is_of_channel and (device.device_id == device_id or (is_binding and device.token == token))
end

for _, device in ipairs(read_list(KEYS[1], 'd')) do
  if gives_way(device) then place = place or #bindings + 1 else bindings[#bindings + 1] = device end
end
if is_binding then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  table.insert(bindings, place or #bindings + 1, {
    device_id = device_id, notifier = notifier, token = token, bound_at = now,
  })
end

local function bound_at(device)
  return typed(device, 'bound_at', 'number') or 0
end

-- Web clients bind a new device id with each session, and nobody unbinds the old ones.
while #bindings > most do
  local oldest = 1
  for i = 2, #bindings do
    if bound_at(bindings[i]) < bound_at(bindings[oldest]) then oldest = i end
  end
  table.remove(bindings, oldest)
end
if not write_list(KEYS[1], 'd', bindings) then
  local writable = {}
  for _, device in ipairs(bindings) do
    if pcall(cjson.encode, device) then writable[#writable + 1] = device end
  end
  write_list(KEYS[1], 'd', writable)
end
return redis.call('HGET', KEYS[1], 'd')
