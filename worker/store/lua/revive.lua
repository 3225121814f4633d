-- Send buried entries back to where they came from: each is added to its stream again, its push is planned again in
-- the message's ledger, and its dead letters are deleted. An entry whose first letter is gone was revived or dropped
-- by somebody else, and changes nothing; a message that is forgotten stays forgotten.
-- uses    arguments
-- KEYS    1: dead-letter stream; the others are named by their index
-- ARGV    for each entry: stream, message hash (0 if none), ledger field, number of letters, their ids,
--         number of fields, and for each field: name, value
-- result  for each entry 1, or 0 when it was gone
local revived = {}
local function take_list(length)
  local list = {}
  for i = 1, length do list[i] = take() end
  return list
end

while has_more() do
  local stream, message_key, ledger_field = KEYS[tonumber(take())], KEYS[tonumber(take())], take()
  local letters = take_list(tonumber(take()))
  local fields = take_list(2 * tonumber(take()))
  local is_there = #redis.call('XRANGE', KEYS[1], letters[1], letters[1]) == 1
  if is_there then
    -- Added before anything is deleted: an error here, and the entry is still where it was.
    redis.call('XADD', stream, '*', unpack(fields))
    if message_key and redis.call('EXISTS', message_key) == 1 then
      redis.call('HSET', message_key, ledger_field, 'planned')
    end
    for _, id in ipairs(letters) do redis.call('XDEL', KEYS[1], id) end
  end
  revived[#revived + 1] = is_there and 1 or 0
end
return revived
