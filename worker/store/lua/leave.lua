-- Remove consumers that hold nothing: this one at its end, and those that have not been seen for long.
-- Removing one that holds entries would throw them away, so that and the look at it are one script.
-- uses    arguments
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer that leaves, or "", 3: silent for how long (ms) counts as gone
-- result  how many were removed
local group, leaver, gone_ms, removed = take(), take(), tonumber(take()), 0
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if consumer.pending == 0 and (consumer.name == leaver or consumer.idle > gone_ms) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group, consumer.name)
    removed = removed + 1
  end
end
return removed
