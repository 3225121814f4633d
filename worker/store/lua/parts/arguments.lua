-- take() is the next argument, has_more() whether there is one.
local next_arg = 1
local function take()
  next_arg = next_arg + 1
  return ARGV[next_arg - 1]
end

local function has_more()
  return next_arg <= #ARGV
end
