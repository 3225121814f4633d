-- take() is the next argument, has_more() whether there is one; take_list() is as many as the next one says.
local next_arg = 1
local function take()
  next_arg = next_arg + 1
  return ARGV[next_arg - 1]
end

local function has_more()
  return next_arg <= #ARGV
end

local function take_list()
  local list = {}
  for i = 1, tonumber(take()) do list[i] = take() end
  return list
end
