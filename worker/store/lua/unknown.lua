-- Find what a consumer was given without knowing: the answer was lost. It counts as no delivery.
-- uses    arguments
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer; then ids of the entries that it knows
-- result  for each other entry that it owns {id, fields, deliveries}
local group, consumer, is_known, found = take(), take(), {}, {}
while has_more() do is_known[take()] = true end
-- Nobody holds as many.
local MOST = 100000
for _, pending in ipairs(redis.call('XPENDING', KEYS[1], group, '-', '+', MOST, consumer)) do
  local id = pending[1]
  local entry = not is_known[id] and redis.call('XRANGE', KEYS[1], id, id)[1]
  if entry then found[#found + 1] = { id, entry[2], pending[4] } end
end
return found
