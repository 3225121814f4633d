-- Acknowledge events whose effect is true in other partitions.
-- uses    arguments
-- KEYS    1: events stream
-- ARGV    1: consumer group; then entry ids
-- result  how many were acknowledged by this call
local group, acknowledged = take(), 0
while has_more() do
  local id = take()
  acknowledged = acknowledged + redis.call('XACK', KEYS[1], group, id)
  redis.call('XDEL', KEYS[1], id)
end
return acknowledged
