-- Returns whether the consumer still owns an entry; if so, its lease begins anew.
local function keep(stream, group, consumer, id)
  if #redis.call('XPENDING', stream, group, id, id, 1, consumer) == 0 then return false end
  -- JUSTID renews without counting a delivery. It returns nothing for an entry that was deleted meanwhile.
  return #redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID') == 1
end
