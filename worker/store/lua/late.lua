-- Bring late pushes of a channel to its outbox, the newest first, while the outbox is short: what is pushed live never
-- waits behind more than that. What is being folded becomes ready once no late message has come for a while and none is
-- known to wait, or when it has waited long enough.
-- uses    late, unread
-- KEYS    1: ready, 2: collecting, 3: jobs, 4: outbox stream, 5: events stream, 6: the app's siding
-- ARGV    1: consumer group, 2: unread pushes in the outbox at most, 3: moved by one call at most, 4: an event is late
--         after (ms), 5: calm after (ms), 6: longest wait (ms), 7: longest wait while late events are known to wait (ms)
-- result  how many were moved
local ready, collecting, jobs, outbox, events, siding = unpack(KEYS)
local late_after, calm, longest, longest_in_flood = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local now = server_ms()

local function is_flood()
  if redis.call('XLEN', siding) > 0 then return true end
  local oldest = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
  return oldest and now - tonumber(oldest[1]:match('^%d+')) > late_after
end

local function is_ripe()
  local began, last = unpack(redis.call('HMGET', jobs, BEGAN, LAST))
  local waited, silent = now - tonumber(began or 0), now - tonumber(last or 0)
  if is_flood() then return waited >= longest_in_flood end
  return silent >= calm or waited >= longest
end

-- One wave after the other: what comes while a wave leaves joins its conversation there, or waits for the next.
if redis.call('EXISTS', ready) == 0 and redis.call('EXISTS', collecting) == 1 and is_ripe() then
  redis.call('RENAME', collecting, ready)
  redis.call('HDEL', jobs, BEGAN, LAST)
end
local room = math.min(ARGV[2] - unread(outbox, ARGV[1]), tonumber(ARGV[3]))
if room <= 0 then return 0 end
local members = redis.call('ZRANGE', ready, 0, room - 1, 'REV')
for _, member in ipairs(members) do
  local text = redis.call('HGET', jobs, member)
  -- A member that somebody else robbed of its job must not hold up the others.
  if text then
    local push = cmsgpack.unpack(text)
    redis.call('XADD', outbox, '*', 'job', push.job, 'badge', push.badge, 'count', push.count)
    note(push, 'planned')
    redis.call('HDEL', jobs, member)
  end
  redis.call('ZREM', ready, member)
end
if redis.call('EXISTS', ready, collecting) == 0 then redis.call('DEL', jobs) end
return #members
