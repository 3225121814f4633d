-- Remove the outbox of a channel that is deleted, if nothing waits for the channel here and nobody reads it any more.
-- Nothing can be lost: a push is in its outbox until it is settled, and an empty one that is missed is made again. (Redis
-- 7.0 does not list a reader that was given nothing yet.)
-- KEYS    1: outbox stream, 2: retry schedule, 3: late pushes that leave next, 4: those that are still folded together
-- ARGV    1: consumer group, 2: a consumer that is silent for so long (ms) has gone
-- result  1 if there is no outbox any more, 0 if there is
if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4]) > 0 then return 0 end
-- What another program keeps under the name is left alone.
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 1 end
if redis.call('XLEN', KEYS[1]) > 0 then return 0 end
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
for _, flat in ipairs(consumers.err and {} or consumers) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if consumer.idle < tonumber(ARGV[2]) then return 0 end
end
redis.call('DEL', KEYS[1])
return 1
