local LARGEST_BADGE = 2147483647

-- A counter that holds what no phone can show counts as nothing, as policy does: it must not cost the message.
local function count(user_key, is_counted)
  local before = tonumber((redis.call('HGET', user_key, 'b') or ''):match('^%d+$')) or 0
  if before >= LARGEST_BADGE then before = 0 end
  if is_counted then redis.call('HSET', user_key, 'b', before + 1) end
  return is_counted and before + 1 or before
end
