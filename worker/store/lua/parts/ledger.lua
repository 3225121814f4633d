-- The ledger of a message is one hash, which expires. Its index is a stream, so that its memory has a bound in number too.
local FORGET_AT_MOST = 1000

local function enter(index, message_key)
  if redis.call('EXISTS', message_key) == 0 then redis.call('XADD', index, '*', 'm', message_key) end
end

-- What has expired leaves the index; beyond the bound the oldest messages are forgotten before their time.
local function bound_ledger(index, length, window)
  redis.call('XTRIM', index, 'MINID', '~', (tonumber(redis.call('TIME')[1]) - window) * 1000)
  local excess = math.min(redis.call('XLEN', index) - length, FORGET_AT_MOST)
  if excess <= 0 then return end
  for _, entry in ipairs(redis.call('XRANGE', index, '-', '+', 'COUNT', excess)) do
    -- Not among KEYS: only the index knows it. It shares the hash tag, and so the slot.
    redis.call('UNLINK', entry[2][2])
    redis.call('XDEL', index, entry[1])
  end
end
