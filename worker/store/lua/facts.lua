-- Read what a batch of decisions is made from, in one round trip.
-- KEYS    the users' hashes: first the receivers, then the senders
-- ARGV    1: how many receivers; then, for each receiver, the field of its conversation override
-- result  for each receiver {settings, devices, presence, badge, override}; for each sender its settings;
--         false where the key holds another type
local receivers = tonumber(ARGV[1])
local rows = {}
local function row(...)
  local answer = redis.pcall(...)
  return not (type(answer) == 'table' and answer.err) and answer
end

for i = 1, receivers do
  rows[i] = row('HMGET', KEYS[i], 's', 'd', 'p', 'b', ARGV[i + 1])
end
for i = receivers + 1, #KEYS do
  rows[i] = row('HGET', KEYS[i], 's')
end
return rows
