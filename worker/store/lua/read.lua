-- Note what a user has read, and acknowledge the events: pushes that still wait for another attempt become unwanted.
-- uses    arguments, marks
-- KEYS    1: the stream they are on; the users' read marks by index
-- ARGV    1: consumer group, or "" when the events are another partition's, who acknowledges them afterwards,
--         2: how long a mark is kept (s); then for each event: entry id, read marks, field, when (ms)
-- result  how many were applied
local group, keep_s, applied = take(), tonumber(take()), 0
while has_more() do
  local id, key, field, at = take(), KEYS[tonumber(take())], take(), tonumber(take())
  -- Before the acknowledgement: a key of another type ends the script here, with the event still on its stream.
  redis.call('HLEN', key)
  if group == '' or redis.call('XACK', KEYS[1], group, id) == 1 then
    if group ~= '' then redis.call('XDEL', KEYS[1], id) end
    applied = applied + 1
    mark(key, field, at, keep_s)
  end
end
return applied
