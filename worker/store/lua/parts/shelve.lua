-- Put a late push on a shelf. One member is one push: who comes second takes the first one in.
local function finish(push, late, state)
  note(push, state)
  redis.call('HINCRBY', late.statistics, late.provider .. ':' .. state:gsub(' ', ':'), 1)
end

-- Returns the push that waits from now on for both: the newer one, with the icon's latest number.
local function fold(waiting, push, late, seen)
  if waiting.at < seen then
    -- Whoever was here after a message has seen it.
    finish(waiting, late, 'expired online')
    return push
  end
  local newer, older = push, waiting
  if waiting.at > push.at then newer, older = waiting, push end
  newer.count, newer.badge = waiting.count + 1, push.badge
  finish(older, late, 'folded')
  return newer
end

-- ``late`` names shelf, ready, jobs, statistics and provider; the receiver was seen until ``seen`` (ms).
local function shelve(push, late, member, seen)
  redis.call('HSET', push.message, push.field, 'waiting')
  local text = redis.call('HGET', late.jobs, member)
  if text then
    push = fold(cmsgpack.unpack(text), push, late, seen)
    redis.call('ZADD', late.ready, 'XX', push.at, member)
    redis.call('ZADD', late.shelf, 'XX', push.at, member)
  else
    redis.call('ZADD', late.shelf, push.at, member)
    if late.shelf ~= late.ready then redis.call('HSETNX', late.jobs, BEGAN, server_ms()) end
  end
  redis.call('HSET', late.jobs, member, cmsgpack.pack(push), LAST, server_ms())
end
