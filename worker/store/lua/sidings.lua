-- Tell which apps have events in their siding: also what is being worked on.
-- KEYS    1: set of the apps that ever had a siding
-- ARGV    1: beginning of the sidings' keys
-- result  the apps
local open = {}
for _, app in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  -- Not among KEYS: only the set knows it. It shares the hash tag, and so the slot.
  if redis.call('XLEN', ARGV[1] .. app) > 0 then open[#open + 1] = app end
end
return open
