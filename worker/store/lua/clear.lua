-- Delete what users have set while their app's advanced features were on: remind types, do-not-disturb, templates.
-- What they are called, how much is shown, and in which language stays.
-- KEYS    user hashes
-- ARGV    none
-- result  how many of them were changed
local MEMBERS = { 'type', 'ignoreInterval', 'ignoreDuration', 'template' }

-- Returns the settings without these members, or nil where nothing is to be changed.
local function rest_of(text)
  local is_json, settings = pcall(cjson.decode, text)
  if not is_json or type(settings) ~= 'table' then return nil end
  local changed = false
  for _, member in ipairs(MEMBERS) do
    if settings[member] ~= nil then settings[member], changed = nil, true end
  end
  return changed and settings or nil
end

local function clear_settings(key)
  local rest = rest_of(redis.call('HGET', key, 's') or '')
  if not rest then return false end
  if next(rest) then
    redis.call('HSET', key, 's', cjson.encode(rest))
  else
    redis.call('HDEL', key, 's')
  end
  return true
end

local function clear_overrides(key)
  local cleared = false
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if name:sub(1, 2) == 'c:' then
      redis.call('HDEL', key, name)
      cleared = true
    end
  end
  return cleared
end

local changed = 0
for _, key in ipairs(KEYS) do
  -- What another program keeps under such a name is left alone.
  if redis.call('TYPE', key).ok == 'hash' then
    local settings, overrides = clear_settings(key), clear_overrides(key)
    if settings or overrides then changed = changed + 1 end
  end
end
return changed
