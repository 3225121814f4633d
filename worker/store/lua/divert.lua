-- Put events aside, each into its app's siding, where it stands with the id it came with. An entry of very many fields
-- stays: it is no event, and Lua could not hand it on.
-- uses    arguments
-- KEYS    1: events stream, 2: set of the apps that ever had a siding; the sidings by index
-- ARGV    1: consumer group; then for each event: entry id, app, siding
-- result  for each event 1, or 0 when it stays or was acknowledged before
local MOST = 100
local group, moved, apps = take(), {}, {}
while has_more() do
  local id, app, siding = take(), take(), KEYS[tonumber(take())]
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  local fields = entry and entry[2] or {}
  local is_moved = entry and #fields <= MOST and redis.call('XACK', KEYS[1], group, id) == 1
  if is_moved then
    apps[app] = true
    redis.call('XADD', siding, '*', 'origin', id, unpack(fields))
    redis.call('XDEL', KEYS[1], id)
  end
  moved[#moved + 1] = is_moved and 1 or 0
end
for app in pairs(apps) do redis.call('SADD', KEYS[2], app) end
return moved
