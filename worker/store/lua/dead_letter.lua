-- Move entries that cannot be processed to the dead-letter stream, with the fault: each field is one dead letter.
-- uses    arguments
-- KEYS    1: the stream they are on, 2: dead-letter stream
-- ARGV    1: consumer group, 2: now (ms); then for each entry: id, path of the fault, reason, number of fields,
--         and for each field: name, value
-- result  for each entry 1, or 0 when it was not there any more: settled, or moved by an earlier call
local group, now, moved = take(), take(), {}
-- A key of another type ends the script here, with the entries still on their stream.
redis.call('XLEN', KEYS[2])
while has_more() do
  local id, path, reason, fields = take(), take(), take(), tonumber(take())
  local is_first = redis.call('XACK', KEYS[1], group, id) == 1
  for _ = 1, fields do
    local field, value = take(), take()
    if is_first then
      redis.call('XADD', KEYS[2], '*', 'stream', KEYS[1], 'id', id, 'field', field, 'value', value,
        'path', path, 'reason', reason, 'at', now)
    end
  end
  if is_first then redis.call('XDEL', KEYS[1], id) end
  moved[#moved + 1] = is_first and 1 or 0
end
return moved
