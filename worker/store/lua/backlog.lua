-- How much of each stream is not done, how old the oldest of it is, and whether some of it was never read by the group.
-- What exists is looked at, not the ids of XINFO STREAM: the last entries added may have been deleted unread.
-- uses    arguments
-- KEYS    streams
-- ARGV    1: consumer group
-- result  for each stream: entries, age of the oldest (ms by this server's clock, 0 without one), 1 if an entry waits
--         that no consumer of the group was given, else 0
local group, found = take(), {}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function last_delivered(stream)
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local members = {}
    for i = 1, #flat, 2 do members[flat[i]] = flat[i + 1] end
    if members.name == group then return members['last-delivered-id'] end
  end
  return '0-0'
end

for i, stream in ipairs(KEYS) do
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if oldest then
    local unread = redis.call('XRANGE', stream, '(' .. last_delivered(stream), '+', 'COUNT', 1)
    found[i] = {redis.call('XLEN', stream), math.max(0, now - tonumber(string.match(oldest[1], '^%d+'))), #unread}
  else
    found[i] = {0, 0, 0}
  end
end
return found
