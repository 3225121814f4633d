-- Hand decisions over: count the badge, fill the outboxes, write the journal, acknowledge the events. A receiver that
-- was handed over before (a redelivered event) changes nothing.
-- uses    arguments, badge, ledger, marks, late, shelve, give, common
-- KEYS    1: the stream the events are on, 2: journal stream, 3: index of the ledger; the others are named by their index
-- ARGV    1: consumer group, 2: dedupe window (s), 3: journal length, 4: messages in the ledger,
--         5: consumer who takes pushes at once, 6: what the ledger says of those, 7: number of outboxes of which it does;
--         then for each of these outboxes: its index, how many; then what decisions have in common:
--         number of traces, traces; number of frames, and for each: message hash, badge override or "", frame, trace;
--         number of rows, rows; number of drafts, and for each: outbox, notifier, draft, and 0, or if it replaces
--         something or is late 1, what it replaces or "", time of the message at most (ms), shelf of late pushes (0 for
--         one that is not late), and if it has one: ready, jobs, statistics, provider, thread, time of the message (ms);
--         then number of decisions, and for each: user hash, user, counted (0/1), frame, number of devices, and for each
--         device: id, row, draft (0: no push), and if it has one: token, when it was bound (ms), if it replaces
--         something the latest pushes, and if it is late when the receiver was last seen (ms);
--         last: number of entries to acknowledge, their ids
-- result  {for each decision the badge, or -1 when it was a repeat; for each outbox of which pushes are taken: entry id,
--         number of the push among all, or if it is not of this hand-off but was there before, its fields; and so on}
local group, window, journal_length, ledger_length = take(), tonumber(take()), take(), tonumber(take())
local consumer, sending = take(), take()
local offers, made, pushes_seen = {}, {}, 0
for i = 1, tonumber(take()) do
  local outbox, room = KEYS[tonumber(take())], take()
  offers[i], made[outbox] = { outbox = outbox, room = room }, {}
end
local frames, rows, drafts = take_frames(take_list()), take_list(), take_drafts()
-- More than a call can have arguments is written in parts. Even: fields and values are not parted.
local AT_A_TIME = 1000

-- ``states`` takes what the ledger is to say of the pushes: it is written once for all.
local function plan(draft, receiver, device_id, quoted_id, states)
  local token, bound_at = take(), take()
  local latest_key, seen = draft.replaces ~= '' and KEYS[tonumber(take())], draft.shelf and tonumber(take())
  pushes_seen = pushes_seen + 1
  if not receiver.is_fresh then return end
  local badge, message_key = receiver.badge, receiver.message
  local field = receiver.user .. '\n' .. draft.notifier .. '\n' .. device_id
  local job = job_of(draft, receiver.quoted, quoted_id, cjson.encode(token), bound_at)
  -- The newest of the pushes that replace each other on the phone: a late repeat of an older one must not win.
  if latest_key then
    mark(latest_key, draft.notifier .. '\n' .. device_id .. '\n' .. draft.replaces, draft.time, window)
  end
  if draft.shelf then
    local push = { message = message_key, field = field, job = job, badge = badge, at = draft.at, count = 1 }
    shelve(push, draft, field .. '\n' .. draft.thread, seen)
    return
  end
  local id = redis.call('XADD', draft.outbox, '*', 'job', job, 'badge', badge)
  if made[draft.outbox] then made[draft.outbox][id] = { number = pushes_seen, message = message_key, field = field } end
  states[#states + 1], states[#states + 2] = field, 'planned'
end

local function write(key, pairs_)
  for first = 1, #pairs_, AT_A_TIME do
    redis.call('HSET', key, unpack(pairs_, first, math.min(first + AT_A_TIME - 1, #pairs_)))
  end
end

local function acknowledge(stream, ids)
  for first = 1, #ids, AT_A_TIME do
    local last = math.min(first + AT_A_TIME - 1, #ids)
    redis.call('XACK', stream, group, unpack(ids, first, last))
    redis.call('XDEL', stream, unpack(ids, first, last))
  end
end

local badges, has_entered = {}, {}
for i = 1, tonumber(take()) do
  local user_key, user, is_counted, frame = KEYS[tonumber(take())], take(), take() == '1', frames[tonumber(take())]
  local message_key = frame.message
  local is_fresh = redis.call('HEXISTS', message_key, user) == 0
  local badge = is_fresh and count(user_key, is_counted)
  if frame.override ~= '' then badge = frame.override end
  badges[i] = is_fresh and tonumber(badge) or -1
  local is_first = is_fresh and not has_entered[message_key]
  if is_first then enter(KEYS[3], message_key) end
  local receiver = { is_fresh = is_fresh, user = user, quoted = cjson.encode(user), badge = badge, message = message_key }
  local states, devices = {}, {}
  for number = 1, tonumber(take()) do
    local device_id, row, draft = take(), rows[tonumber(take())], drafts[tonumber(take())]
    local quoted_id = cjson.encode(device_id)
    devices[number] = '{"device_id":' .. quoted_id .. row
    if draft then plan(draft, receiver, device_id, quoted_id, states) end
  end
  if is_fresh then
    local record = record_of(frame, receiver.quoted, badge, devices)
    local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', journal_length, '*', 'record', record, 'badge', badge)
    states[#states + 1], states[#states + 2] = user, id
    write(message_key, states)
  end
  if is_first then
    redis.call('EXPIRE', message_key, window)
    has_entered[message_key] = true
  end
end
bound_ledger(KEYS[3], ledger_length, window)
acknowledge(KEYS[1], take_list())
return { badges, give(group, consumer, sending, offers, made) }
