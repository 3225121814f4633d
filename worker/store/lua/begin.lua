-- Write that sends begin, before the vendor can see them, and read what may make a late one unwanted.
-- uses    arguments
-- KEYS    named by their index
-- ARGV    for each send: message hash, ledger field, ledger state, whether it is looked at again (0/1); if so: user hash,
--         read marks, conversation, field of the message's own mark, field among the latest pushes ("" if it replaces
--         none), and if it does: latest pushes
-- result  for each send {state before, presence, read mark of all, of the conversation, of the message, latest push};
--         what is not there, or was not asked for, is false
local sends = {}
while has_more() do
  local message_key, field, state, is_late = KEYS[tonumber(take())], take(), take(), take() == '1'
  local before = redis.call('HGET', message_key, field)
  -- A ledger that has expired is not made again: it would never expire.
  if before then redis.call('HSET', message_key, field, state) end
  local row = { before, false, false, false, false, false }
  if is_late then
    local user_key, read_key, conversation, own_mark = KEYS[tonumber(take())], KEYS[tonumber(take())], take(), take()
    local latest_field = take()
    local marks = redis.call('HMGET', read_key, '*', conversation, own_mark)
    row[2], row[3], row[4], row[5] = redis.call('HGET', user_key, 'p'), marks[1], marks[2], marks[3]
    if latest_field ~= '' then row[6] = redis.call('HGET', KEYS[tonumber(take())], latest_field) end
  end
  sends[#sends + 1] = row
end
return sends
