-- Settle sends: acknowledge, write the ledger and the statistics; retire a dead token, schedule a retry, or bury.
-- An entry that somebody else settled first (it was reclaimed) changes nothing.
-- uses    arguments, lists, retire
-- KEYS    1: outbox stream, 2: retry schedule, 3: dead-letter stream, 4: statistics hash; the others by index
-- ARGV    1: consumer group, 2: now (ms), 3: how long retired tokens are kept (ms), 4: number of sends; then for each
--         send: entry id, action, message hash, ledger field, ledger state, statistics field, and by action:
--           done    nothing more
--           retire  user hash, device id, notifier, token, bound until (ms), reason
--           retry   when (ms), job
--           bury    job, reason
-- result  for each send 1, or 0 when it was settled before
local group, now, keep_ms, sends = take(), tonumber(take()), tonumber(take()), tonumber(take())

local actions = {
  done = function(_) end,
  retire = function(is_first)
    local key, device_id, notifier, token = KEYS[tonumber(take())], take(), take(), take()
    local bound_until, reason = tonumber(take()), take()
    if is_first and retire(key, device_id, notifier, token, bound_until, reason, now, keep_ms) then
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

-- What an action writes to that somebody may have made another type of: looked at before the acknowledgement, or the
-- error would come when the push is neither on its stream any more nor anywhere else.
local looks = {
  retry = function() redis.call('ZCARD', KEYS[2]) end,
  bury = function() redis.call('XLEN', KEYS[3]) end,
}

local settled, gone, counts = {}, {}, {}
local function settle(i)
  local id, action, message_key, field, state, statistic =
    take(), take(), KEYS[tonumber(take())], take(), take(), take()
  if looks[action] then looks[action]() end
  local is_first = redis.call('XACK', KEYS[1], group, id) == 1
  settled[i] = is_first and 1 or 0
  actions[action](is_first)
  if not is_first then return end
  gone[#gone + 1] = id
  counts[statistic] = (counts[statistic] or 0) + 1
  if redis.call('EXISTS', message_key) == 1 then redis.call('HSET', message_key, field, state) end
end

local function settle_all()
  for i = 1, sends do settle(i) end
end

-- What was acknowledged is deleted and counted once for all, also when one of them fails: nobody else would do it.
local is_done, fault = pcall(settle_all)
if #gone > 0 then redis.call('XDEL', KEYS[1], unpack(gone)) end
for statistic, count in pairs(counts) do redis.call('HINCRBY', KEYS[4], statistic, count) end
if not is_done then error(fault, 0) end
return settled
