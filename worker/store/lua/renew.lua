-- Keep the lease of what is being worked on: the entries that this consumer still owns are as if read just now.
-- uses    arguments, owned
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer; then entry ids
-- result  how many are still owned; the others were taken over, or settled
local group, consumer, kept = take(), take(), 0
while has_more() do
  if keep(KEYS[1], group, consumer, take()) then kept = kept + 1 end
end
return kept
