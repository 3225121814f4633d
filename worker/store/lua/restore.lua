-- Bind retired devices again: each as it was before, unless its device has bound the channel anew since.
-- uses    arguments, lists
-- KEYS    1: user hash
-- ARGV    for each binding: device id, notifier, when it was retired (ms)
-- result  how many were bound again
local devices, retired, wanted, restored = read_list(KEYS[1], 'd'), read_list(KEYS[1], 'r'), {}, 0
local function name(device)
  return device.device_id .. '\n' .. device.notifier
end

while has_more() do
  local device_id, notifier, retired_at = take(), take(), take()
  wanted[device_id .. '\n' .. notifier .. '\n' .. retired_at] = true
end
local bound, kept = {}, {}
for _, device in ipairs(devices) do bound[name(device)] = true end
for _, device in ipairs(retired) do
  local is_wanted = wanted[name(device) .. '\n' .. string.format('%.0f', device.retired_at or 0)]
  if is_wanted and not bound[name(device)] then
    device.reason, device.retired_at = nil, nil
    devices[#devices + 1], bound[name(device)] = device, true
    restored = restored + 1
  else
    kept[#kept + 1] = device
  end
end
if restored > 0 then
  write_list(KEYS[1], 'd', devices)
  write_list(KEYS[1], 'r', kept)
end
return restored
