-- Put events aside, each into its app's siding, where it stands with the id it came with.
-- uses    arguments
-- KEYS    1: events stream, 2: set of the apps that ever had a siding; the sidings by index
-- ARGV    1: consumer group; then for each event: entry id, app, siding, field, value
-- result  for each event 1, or 0 when it was acknowledged before
local group, flags, apps, moved = take(), {}, {}, { 'XDEL', KEYS[1] }
while has_more() do
  local id, app, siding, field, value = take(), take(), KEYS[tonumber(take())], take(), take()
  -- Looked at before the acknowledgement: a siding that is none can take nothing.
  redis.call('XLEN', siding)
  local is_first = redis.call('XACK', KEYS[1], group, id) == 1
  if is_first then
    redis.call('XADD', siding, '*', 'origin', id, field, value)
    apps[app], moved[#moved + 1] = true, id
  end
  flags[#flags + 1] = is_first and 1 or 0
end
for app in pairs(apps) do redis.call('SADD', KEYS[2], app) end
if #moved > 2 then redis.call(unpack(moved)) end
return flags
