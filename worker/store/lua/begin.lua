-- Begin sends: write so in the ledger, before the vendor can see them, and read what may make a late one unwanted. What
-- was taken over by another worker meanwhile, as after a long pause of this one, is that worker's to send.
-- uses    arguments, owned
-- KEYS    1: outbox stream; the others are named by their index
-- ARGV    1: consumer group, 2: consumer; then for each send: entry id, message hash, ledger field, ledger state, whether
--         it is looked at again (0/1); if so: user hash, read marks, conversation, field of the message's own mark, field
--         among the latest pushes ("" if it replaces none), and if it does: latest pushes
-- result  for each send {ours (0/1), state before}, and for one that is looked at again also {presence, devices, read mark
--         of all, of the conversation, of the message, latest push}; what is not there is false; devices that are not
--         there are ''
local group, consumer, sends, has_written = take(), take(), {}, false

local function circumstances(row)
  for column = 3, 8 do row[column] = false end
  local user_key, read_key, conversation, own_mark = KEYS[tonumber(take())], KEYS[tonumber(take())], take(), take()
  local latest_field = take()
  local marks = redis.call('HMGET', read_key, '*', conversation, own_mark)
  local state = redis.pcall('HMGET', user_key, 'p', 'd')
  if not state.err then row[3], row[4] = state[1], state[2] or '' end
  row[5], row[6], row[7] = marks[1], marks[2], marks[3]
  if latest_field ~= '' then row[8] = redis.call('HGET', KEYS[tonumber(take())], latest_field) end
end

while has_more() do
  local send = { id = take(), message_key = KEYS[tonumber(take())], field = take(), state = take(), row = { 0, false } }
  if take() == '1' then circumstances(send.row) end
  sends[#sends + 1] = send
end

local is_owned = owned(KEYS[1], group, consumer, sends)
for i, send in ipairs(sends) do
  local is_ours, before = is_owned[send.id], redis.call('HGET', send.message_key, send.field)
  -- Only a script's first write is refused by a full Redis, unless it takes no memory, as a renewal: what is sent and
  -- settled makes room again.
  if is_ours and not has_written then
    renew(KEYS[1], group, consumer, send.id)
    has_written = true
  end
  -- A ledger that has expired is not made again: it would never expire.
  if is_ours and before then redis.call('HSET', send.message_key, send.field, send.state) end
  send.row[1], send.row[2] = is_ours and 1 or 0, before
  sends[i] = send.row
end
return sends
