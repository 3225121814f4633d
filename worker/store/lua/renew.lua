-- Keep the lease of what is being worked on: the entries that this consumer still owns are as if read just now.
-- uses    arguments
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer; then entry ids
-- result  how many are still owned; the others were taken over, or settled
local group, consumer, owned = take(), take(), { 'XCLAIM', KEYS[1] }
owned[3], owned[4], owned[5] = group, consumer, 0
while has_more() do
  local id = take()
  if #redis.call('XPENDING', KEYS[1], group, id, id, 1, consumer) == 1 then owned[#owned + 1] = id end
end
local count = #owned - 5
if count > 0 then
  -- JUSTID renews without counting a delivery.
  owned[#owned + 1] = 'JUSTID'
  redis.call(unpack(owned))
end
return count
