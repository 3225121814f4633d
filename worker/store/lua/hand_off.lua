-- Hand decisions over: count the badge, fill the outboxes, write the journal, acknowledge the events. A receiver that
-- was handed over before (a redelivered event) changes nothing. Records of one trace have it sent once.
-- uses    arguments, badge, ledger, marks, late, shelve, give
-- KEYS    1: the stream the events are on, 2: journal stream, 3: index of the ledger; the others are named by their index
-- ARGV    1: consumer group, 2: dedupe window (s), 3: journal length, 4: messages in the ledger, 5: number of decisions,
--         6: consumer who takes pushes at once, 7: what the ledger says of those, 8: number of outboxes of which it does;
--         then for each of these outboxes: its index, how many; number of traces, traces; then for each decision: user
--         hash, message hash, user, counted (0/1), badge override or "", record without its trace, number of the trace,
--         number of pushes, and for each push: outbox, ledger field, job, field among the latest pushes ("" if it
--         replaces none), and if it does: latest pushes, time of the message (ms); then shelf of late pushes (0 for one
--         that is not), and if it has one: ready, jobs, statistics, provider, member, time of the message (ms), when the
--         receiver was last seen (ms); last: number of entries to acknowledge, their ids
-- result  {for each decision 1, or 0 when it was a repeat; for each push that is given to the consumer {number of the
--         outbox among those it takes of, entry id, number of the push among all, badge}, or if it is not of this
--         hand-off but was there before {number of the outbox, entry id, fields}}
local group, window, journal_length = take(), tonumber(take()), take()
local ledger_length, decisions, consumer, sending = tonumber(take()), tonumber(take()), take(), take()
local offers, made, pushes_seen = {}, {}, 0
for i = 1, tonumber(take()) do
  local outbox, room = KEYS[tonumber(take())], take()
  offers[i], made[outbox] = { outbox = outbox, room = room }, {}
end
local traces = take_list()
-- More than a call can have arguments is written in parts. Even: fields and values are not parted.
local AT_A_TIME = 1000

local function take_late(shelf)
  local late = { shelf = shelf, ready = KEYS[tonumber(take())], jobs = KEYS[tonumber(take())] }
  late.statistics, late.provider, late.member = KEYS[tonumber(take())], take(), take()
  late.at, late.seen = tonumber(take()), tonumber(take())
  return late
end

-- ``states`` takes what the ledger is to say of the pushes: it is written once for all.
local function plan(message_key, badge, is_fresh, states)
  local outbox, field, job, latest_field = KEYS[tonumber(take())], take(), take(), take()
  local latest_key, at
  if latest_field ~= '' then latest_key, at = KEYS[tonumber(take())], tonumber(take()) end
  local shelf = KEYS[tonumber(take())]
  pushes_seen = pushes_seen + 1
  local late = shelf and take_late(shelf)
  if not is_fresh then return end
  -- The newest of the pushes that replace each other on the phone: a late repeat of an older one must not win.
  if latest_key then mark(latest_key, latest_field, at, window) end
  if late then
    shelve({ message = message_key, field = field, job = job, badge = badge, at = late.at, count = 1 }, late)
    return
  end
  local id = redis.call('XADD', outbox, '*', 'job', job, 'badge', badge)
  if made[outbox] then
    made[outbox][id] = { number = pushes_seen, message = message_key, field = field, badge = badge }
  end
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

local fresh, has_entered = {}, {}
for i = 1, decisions do
  local user_key, message_key, user = KEYS[tonumber(take())], KEYS[tonumber(take())], take()
  local is_counted, override, record, trace, pushes = take() == '1', take(), take(), take(), tonumber(take())
  local is_fresh = redis.call('HEXISTS', message_key, user) == 0
  fresh[i] = is_fresh and 1 or 0
  local badge = is_fresh and count(user_key, is_counted)
  if override ~= '' then badge = override end
  local is_first = is_fresh and not has_entered[message_key]
  if is_first then enter(KEYS[3], message_key) end
  local states = {}
  for _ = 1, pushes do plan(message_key, badge, is_fresh, states) end
  if is_fresh then
    record = record .. traces[tonumber(trace)]
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
return { fresh, give(group, consumer, sending, offers, made) }
