-- A hash of times (ms), the latest of each field, that expires when it is not written to for as long as it is kept. One
-- that is written to all the time would only grow, so what is older than that leaves it now and then.
local LOOK_EVERY = 100

local function forget_before(key, oldest)
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    if (tonumber(flat[i + 1]) or 0) < oldest then redis.call('HDEL', key, flat[i]) end
  end
end

local function mark(key, field, at, keep_s)
  if at <= (tonumber(redis.call('HGET', key, field)) or 0) then return end
  local is_new = redis.call('HSET', key, field, at) == 1
  redis.call('EXPIRE', key, keep_s)
  if is_new and redis.call('HLEN', key) % LOOK_EVERY == 0 then forget_before(key, at - keep_s * 1000) end
end
