-- Tell which receivers their messages were handed over for.
-- uses    arguments
-- KEYS    message hashes, named by their index
-- ARGV    for each receiver: message hash, user
-- result  for each receiver 1, or 0
local known = {}
while has_more() do
  local message_key, user = KEYS[tonumber(take())], take()
  known[#known + 1] = redis.call('HEXISTS', message_key, user)
end
return known
