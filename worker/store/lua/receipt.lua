-- Apply delivery receipts: the ledger and the statistics follow, a dead token is retired. What was delivered stays so,
-- a repeat changes nothing, and a message that is forgotten stays forgotten.
-- uses    arguments, lists, retire
-- KEYS    1: statistics hash; the message hashes are named by their index
-- ARGV    1: now (ms), 2: how long retired tokens are kept (ms), 3: notifier, 4: beginning of the users' keys; then for
--         each receipt: message hash, request id, fingerprint of the token, token, state, statistics field, whether the
--         token is dead (0/1)
-- result  for each receipt, how many pushes it changed
local now, keep_ms, notifier, user_prefix = tonumber(take()), tonumber(take()), take(), take()

-- The binding of this push, if it was bound before the push was handed over, which is the time in the journal's id. A
-- phone's own clock, which the receipt quotes, would be no judge of that.
local function retire_receiver(message_key, user, device_id, token, reason)
  -- Not among KEYS: who it is stands in the ledger only. It shares the hash tag, and so the slot.
  local key = user_prefix .. user
  local handed_over = tonumber((redis.call('HGET', message_key, user) or '0'):match('^%d+'))
  if retire(key, device_id, notifier, token, handed_over, reason, now, keep_ms) then
    redis.call('HINCRBY', KEYS[1], 'retired', 1)
  end
end

-- Returns a message's ledger as the vendor names its pushes: the request id, with the fingerprint of the token behind
-- it where one request held many -> the fields. A group's ledger is long, so nothing else is looked at here.
local function by_name(message_key)
  local flat, names = redis.call('HGETALL', message_key), {}
  for i = 2, #flat, 2 do
    local state, name = flat[i], nil
    if state:sub(1, 9) == 'accepted ' then name = state:sub(10) end
    if state:sub(1, 8) == 'receipt ' then name = state:match('^receipt %d+ %S+ (.+)$') end
    if name then
      names[name] = names[name] or {}
      table.insert(names[name], { field = flat[i - 1], state = state })
    end
  end
  return names
end

local ledgers, changed = {}, {}
while has_more() do
  local message_key, request_id, print, token = KEYS[tonumber(take())], take(), take(), take()
  local state, statistic, is_dead = take(), take(), take() == '1'
  ledgers[message_key] = ledgers[message_key] or by_name(message_key)
  local names, name, count = ledgers[message_key], request_id .. ' ' .. print, 0
  if not names[name] and #(names[request_id] or {}) == 1 then name = request_id end
  for _, push in ipairs(names[name] or {}) do
    local user, channel, device_id = push.field:match('^([^\n]*)\n([^\n]*)\n(.*)$')
    -- A later receipt of the same push has to find it again; after its delivery none matters.
    local new = state == 'delivered' and state or state .. ' ' .. name
    if channel == notifier and push.state ~= new and push.state ~= 'delivered' then
      push.state, count = new, count + 1
      redis.call('HSET', message_key, push.field, new)
      redis.call('HINCRBY', KEYS[1], statistic, 1)
      if is_dead then retire_receiver(message_key, user, device_id, token, state) end
    end
  end
  changed[#changed + 1] = count
end
return changed
