-- Hand decisions over: count the badge, fill the outboxes, write the journal, acknowledge the events. A receiver that
-- was handed over before (a redelivered event) changes nothing.
-- KEYS    1: events stream, 2: journal stream; the others are named by their index
-- ARGV    1: consumer group, 2: dedupe window (s), 3: journal length, 4: number of decisions; then for each decision:
--         user hash, message hash, user, counted (0/1), badge override or "", record, number of pushes,
--         and for each push: outbox, ledger field, job; last: entry ids to acknowledge
-- result  for each decision 1, or 0 when it was a repeat
local window, journal_length, next_arg = ARGV[2], ARGV[3], 5
local function take()
  next_arg = next_arg + 1
  return ARGV[next_arg - 1]
end

local function count(user_key, is_counted)
  if is_counted then return redis.call('HINCRBY', user_key, 'b', 1) end
  return tonumber(redis.call('HGET', user_key, 'b') or '0')
end

local fresh = {}
for i = 1, tonumber(ARGV[4]) do
  local user_key, message_key, user = KEYS[tonumber(take())], KEYS[tonumber(take())], take()
  local is_counted, override, record, pushes = take() == '1', take(), take(), tonumber(take())
  local is_fresh = redis.call('HEXISTS', message_key, user) == 0
  fresh[i] = is_fresh and 1 or 0
  local badge = is_fresh and count(user_key, is_counted)
  if override ~= '' then badge = override end
  for _ = 1, pushes do
    local outbox, field, job = KEYS[tonumber(take())], take(), take()
    if is_fresh then
      redis.call('XADD', outbox, '*', 'job', job, 'badge', badge)
      redis.call('HSET', message_key, field, 'planned')
    end
  end
  if is_fresh then
    local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', journal_length, '*', 'record', record, 'badge', badge)
    redis.call('HSET', message_key, user, id)
    redis.call('EXPIRE', message_key, window)
  end
end
while next_arg <= #ARGV do
  local id = take()
  redis.call('XACK', KEYS[1], ARGV[1], id)
  redis.call('XDEL', KEYS[1], id)
end
return fresh
