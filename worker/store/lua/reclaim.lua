-- Take over entries whose consumer was silent for longer than the lease. An entry that was delivered before may be what
-- its workers died of, so the more often it was delivered, the fewer others are taken with it; in the end it goes alone.
-- uses    arguments
-- KEYS    1: stream
-- ARGV    1: consumer group, 2: consumer, 3: lease (ms), 4: how many at most
-- result  for each entry taken {id, fields, deliveries, this one included}
local group, consumer, lease, most = take(), take(), take(), tonumber(take())
local deliveries, claim = {}, { 'XCLAIM', KEYS[1] }
claim[3], claim[4], claim[5] = group, consumer, lease
local room, chosen = most, 0
for _, pending in ipairs(redis.call('XPENDING', KEYS[1], group, 'IDLE', lease, '-', '+', most)) do
  local id, count = pending[1], pending[4]
  local company = math.max(1, math.floor(most / 8 ^ (count - 1)))
  if chosen < math.min(room, company) then
    room, chosen = math.min(room, company), chosen + 1
    deliveries[id], claim[#claim + 1] = count + 1, id
  end
end
if chosen == 0 then return {} end
local entries = {}
for i, entry in ipairs(redis.call(unpack(claim))) do
  entries[i] = { entry[1], entry[2], deliveries[entry[1]] }
end
return entries
