-- Late pushes of a channel wait in one hash, member -> what is known of the push, and on one of two shelves, sorted sets
-- by the message's time: ``collecting`` while messages are still folded together, ``ready`` for the outbox. The hash
-- keeps two times beside the members, which hold a line break: when the collecting began, and the last that came.
local BEGAN, LAST = 'began', 'last'

local function server_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A ledger that has expired is not made again: it would never expire.
local function note(push, state)
  if redis.call('TYPE', push.message).ok == 'hash' then redis.call('HSET', push.message, push.field, state) end
end
