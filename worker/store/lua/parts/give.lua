-- Give the consumer as many pushes as it offers to take, of each outbox: those that wait longest, so that pushes keep
-- their order. ``made`` is what this script has put there, by outbox and id: the ledger says of it that it is being sent.
-- Of an outbox that nobody has read yet there is no group, and nothing is given.
local function give(group, consumer, sending, offers, made)
  local given = {}
  for number, offer in ipairs(offers) do
    local outbox, flat, mine = offer.outbox, {}, made[offer.outbox]
    local answer = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', offer.room, 'STREAMS', outbox, '>')
    local entries = answer and not answer.err and answer[1][2] or {}
    for _, entry in ipairs(entries) do
      local id = entry[1]
      local push = mine[id]
      flat[#flat + 1], flat[#flat + 2] = id, push and push.number or entry[2]
      if push then redis.call('HSET', push.message, push.field, sending) end
    end
    given[number] = flat
  end
  return given
end
