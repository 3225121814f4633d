-- Settle sends of several channels: acknowledge, write the ledger and the statistics; retire a dead token, schedule a
-- retry, or bury. An entry that somebody else settled first (it was reclaimed) changes nothing. What cannot be settled
-- stays where it is, and keeps no other.
-- uses    arguments, lists, retire
-- KEYS    1: dead-letter stream; the others by index
-- ARGV    1: consumer group, 2: now (ms), 3: how long retired tokens are kept (ms), 4: number of channels; then for each
--         channel: outbox stream, statistics hash, number of runs; for each run, sends of one message that end alike:
--         action, message hash, statistics field, number of sends; and for each send: entry id, ledger field, ledger
--         state, and by action:
--           done    nothing more
--           retire  user hash, device id, notifier, token, bound until (ms), reason
--           retry   retry schedule, when (ms), job
--           bury    job, reason
-- result  for each send 1, or 0 when it was settled before, or the error for which it was not
local group, now, keep_ms, channels = take(), tonumber(take()), tonumber(take()), tonumber(take())
-- Arguments of a send: the next one's are behind them, however far this one comes.
local LENGTHS = { done = 3, retire = 9, retry = 6, bury = 5 }
-- Of the channel whose turn it is. ``gone`` are the entries that were acknowledged.
local outbox, statistics, gone, counts
local settled = {}

local actions = {
  done = function(_) end,
  retire = function(is_first)
    local key, device_id, notifier, token = KEYS[tonumber(take())], take(), take(), take()
    local bound_until, reason = tonumber(take()), take()
    if is_first and retire(key, device_id, notifier, token, bound_until, reason, now, keep_ms) then
      redis.call('HINCRBY', statistics, 'retired', 1)
    end
  end,
  retry = function(is_first)
    local schedule, at, job = KEYS[tonumber(take())], take(), take()
    if is_first then redis.call('ZADD', schedule, at, job) end
  end,
  bury = function(is_first)
    local job, reason = take(), take()
    if is_first then
      redis.call('XADD', KEYS[1], '*', 'stream', outbox, 'id', '', 'field', 'job', 'value', job,
        'path', '', 'reason', reason, 'at', now)
    end
  end,
}

-- What an action writes to that somebody may have made another type of: looked at before the acknowledgement, or the
-- error would come when the push is neither on its stream any more nor anywhere else.
local looks = {
  retry = function() redis.call('ZCARD', KEYS[tonumber(ARGV[next_arg])]) end,
  bury = function() redis.call('XLEN', KEYS[1]) end,
}

local function settle(place, action, message_key, statistic)
  local id, field, state = take(), take(), take()
  if looks[action] then looks[action]() end
  local is_first = redis.call('XACK', outbox, group, id) == 1
  actions[action](is_first)
  settled[place] = is_first and 1 or 0
  if not is_first then return end
  gone[#gone + 1] = id
  counts[statistic] = (counts[statistic] or 0) + 1
  if redis.call('EXISTS', message_key) == 1 then redis.call('HSET', message_key, field, state) end
end

local function error_of(fault)
  return { err = type(fault) == 'table' and fault.err or tostring(fault) }
end

local function settle_run()
  local action, message_key, statistic = take(), KEYS[tonumber(take())], take()
  for _ = 1, tonumber(take()) do
    local place, behind = #settled + 1, next_arg + LENGTHS[action]
    local is_done, fault = pcall(settle, place, action, message_key, statistic)
    -- A ledger that cannot be written leaves its push settled.
    if not is_done then settled[place] = settled[place] or error_of(fault) end
    next_arg = behind
  end
end

-- Once for all that was acknowledged on a channel: nobody else would do it.
local function finish()
  if #gone > 0 then redis.call('XDEL', outbox, unpack(gone)) end
  for statistic, count in pairs(counts) do redis.call('HINCRBY', statistics, statistic, count) end
end

local left_behind
for _ = 1, channels do
  outbox, statistics, gone, counts = KEYS[tonumber(take())], KEYS[tonumber(take())], {}, {}
  for _ = 1, tonumber(take()) do settle_run() end
  local is_finished, fault = pcall(finish)
  if not is_finished then left_behind = fault end
end
if left_behind then error(left_behind, 0) end
return settled
