-- Keep the lease of what is being worked on: the entries that this consumer still owns are as if read just now.
-- uses    arguments, owned
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer; then entry ids
-- result  how many are still owned; the others were taken over, or settled
local group, consumer, kept = take(), take(), 0
while has_more() do
  local id = take()
  if owns(KEYS[1], group, consumer, id) then kept = kept + #renew(KEYS[1], group, consumer, id) end
end
return kept
