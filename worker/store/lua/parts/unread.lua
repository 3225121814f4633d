-- Returns how many entries of a stream no consumer of the group was given.
local function unread(stream, name)
  if redis.call('EXISTS', stream) == 0 then return 0 end
  local length = redis.call('XLEN', stream)
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = {}
    for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
    if group.name == name then return length - group.pending end
  end
  return length
end
