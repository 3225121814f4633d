-- Settle sends: acknowledge, write the ledger and the statistics; retire a dead token, schedule a retry, or bury.
-- An entry that somebody else settled first (it was reclaimed) changes nothing.
-- KEYS    1: outbox stream, 2: retry schedule, 3: dead-letter stream, 4: statistics hash; the others by index
-- ARGV    1: consumer group, 2: now (ms), 3: number of sends; then for each send: entry id, action, message hash,
--         ledger field, ledger state, statistics field, and by action:
--           done    nothing more
--           retire  user hash, device id, notifier, token, unregistered at (ms, "" if unknown), reason
--           retry   when (ms), job
--           bury    job, reason
-- result  for each send 1, or 0 when it was settled before
local now, next_arg = ARGV[2], 4
local function take()
  next_arg = next_arg + 1
  return ARGV[next_arg - 1]
end

local function decoded(key, field)
  local text = redis.call('HGET', key, field)
  -- What cannot be read counts as nothing: an error here would undo no write above and stop all that follow.
  local is_read, items = pcall(cjson.decode, text or '[]')
  return is_read and type(items) == 'table' and items or {}
end

local function store(key, field, items)
  if #items == 0 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, cjson.encode(items)) end
end

-- Only the binding that failed, only if it still has the token that failed, and only if it was bound before the
-- vendor says the token died.
local function retire(key, device_id, notifier, token, died_at, reason)
  local kept, retired = {}, decoded(key, 'r')
  local before = #retired
  for _, device in ipairs(decoded(key, 'd')) do
    local is_this = device.device_id == device_id and device.notifier == notifier and device.token == token
    if is_this and (died_at == '' or (device.bound_at or 0) <= tonumber(died_at)) then
      device.reason, device.retired_at = reason, tonumber(now)
      retired[#retired + 1] = device
    else
      kept[#kept + 1] = device
    end
  end
  if #retired == before then return false end
  store(key, 'd', kept)
  store(key, 'r', retired)
  return true
end

local actions = {
  done = function(_) end,
  retire = function(is_first)
    local key, device_id, notifier, token, died_at, reason = KEYS[tonumber(take())], take(), take(), take(), take(), take()
    if is_first and retire(key, device_id, notifier, token, died_at, reason) then
      redis.call('HINCRBY', KEYS[4], 'retired', 1)
    end
  end,
  retry = function(is_first)
    local at, job = take(), take()
    if is_first then redis.call('ZADD', KEYS[2], at, job) end
  end,
  bury = function(is_first)
    local job, reason = take(), take()
    if is_first then
      redis.call('XADD', KEYS[3], '*', 'stream', KEYS[1], 'id', '', 'field', 'job', 'value', job,
        'path', '', 'reason', reason, 'at', now)
    end
  end,
}

local settled = {}
for i = 1, tonumber(ARGV[3]) do
  local id, action, message_key, field, state, statistic =
    take(), take(), KEYS[tonumber(take())], take(), take(), take()
  local is_first = redis.call('XACK', KEYS[1], ARGV[1], id) == 1
  settled[i] = is_first and 1 or 0
  actions[action](is_first)
  if is_first then
    redis.call('XDEL', KEYS[1], id)
    redis.call('HINCRBY', KEYS[4], statistic, 1)
    if redis.call('EXISTS', message_key) == 1 then redis.call('HSET', message_key, field, state) end
  end
end
return settled
