-- Move pushes whose time has come from the retry schedule back to the outbox.
-- KEYS    1: retry schedule, 2: outbox stream
-- ARGV    1: now (ms), 2: how many at most
-- result  how many were moved
local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, job in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', 'job', job, 'badge', '')
  redis.call('ZREM', KEYS[1], job)
end
return #due
