-- Returns whether the consumer still owns an entry.
local function owns(stream, group, consumer, id)
  return #redis.call('XPENDING', stream, group, id, id, 1, consumer) == 1
end

-- Begins the lease of an entry that the consumer owns anew. JUSTID counts no delivery. Returns nothing of an entry that
-- was deleted meanwhile.
local function renew(stream, group, consumer, id)
  return redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
end
