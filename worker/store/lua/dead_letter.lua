-- Move entries that cannot be processed to the dead-letter stream, with the fault.
-- KEYS    1: the stream they are on, 2: dead-letter stream
-- ARGV    1: consumer group; then for each entry: id, field, value, path of the fault, reason, now (ms)
-- result  how many were moved
local moved = 0
for i = 2, #ARGV, 6 do
  local id = ARGV[i]
  if redis.call('XACK', KEYS[1], ARGV[1], id) == 1 then
    redis.call('XADD', KEYS[2], '*', 'stream', KEYS[1], 'id', id, 'field', ARGV[i + 1], 'value', ARGV[i + 2],
      'path', ARGV[i + 3], 'reason', ARGV[i + 4], 'at', ARGV[i + 5])
    redis.call('XDEL', KEYS[1], id)
    moved = moved + 1
  end
end
return moved
