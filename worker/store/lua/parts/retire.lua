-- Set a token aside with the reason: only the binding that failed, only if it still has the token that failed, and only
-- if it was bound at ``bound_until`` (ms) or before. What was set aside longer ago than ``keep_ms`` is forgotten.
local function retire(key, device_id, notifier, token, bound_until, reason, now, keep_ms)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local kept, retired, is_found = {}, {}, false
  for _, device in ipairs(read_list(key, 'r')) do
    if (typed(device, 'retired_at', 'number') or 0) + keep_ms > now then retired[#retired + 1] = device end
  end
  for _, device in ipairs(read_list(key, 'd')) do
    local is_this = device.device_id == device_id and device.notifier == notifier and device.token == token
    if is_this and (typed(device, 'bound_at', 'number') or 0) <= bound_until then
      device.reason, device.retired_at, is_found = reason, now, true
      retired[#retired + 1] = device
    else
      kept[#kept + 1] = device
    end
  end
  is_found = is_found and write_list(key, 'd', kept)
  if is_found and not write_list(key, 'r', retired) then write_list(key, 'r', { retired[#retired] }) end
  return is_found
end
