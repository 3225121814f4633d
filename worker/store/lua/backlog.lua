-- How much of a stream is not done, how old the oldest of it is, and whether some of it was never read by the group.
-- What exists is looked at, not the ids of XINFO STREAM: the last entries added may have been deleted unread.
-- uses    arguments
-- KEYS    1: stream
-- ARGV    1: consumer group
-- result  entries, age of the oldest (ms by this server's clock, 0 without one), 1 if an entry waits that no consumer
--         of the group was given, else 0
local group = take()
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not oldest then return {0, 0, 0} end

local function last_delivered()
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local members = {}
    for i = 1, #flat, 2 do members[flat[i]] = flat[i + 1] end
    if members.name == group then return members['last-delivered-id'] end
  end
  return '0-0'
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local unread = redis.call('XRANGE', KEYS[1], '(' .. last_delivered(), '+', 'COUNT', 1)
return {redis.call('XLEN', KEYS[1]), math.max(0, now - tonumber(string.match(oldest[1], '^%d+'))), #unread}
