-- Returns whether the consumer still owns an entry.
local function owns(stream, group, consumer, id)
  return #redis.call('XPENDING', stream, group, id, id, 1, consumer) == 1
end

-- Returns by id which entries of many the consumer still owns: nearly always all, with nothing else of its own between
-- the first and the last, so that one look tells. What that does not show is looked for by itself.
local function owned(stream, group, consumer, entries)
  local found, first, last = {}, entries[1], entries[#entries]
  for _, row in ipairs(redis.call('XPENDING', stream, group, first.id, last.id, #entries, consumer)) do
    found[row[1]] = true
  end
  for _, entry in ipairs(entries) do
    found[entry.id] = found[entry.id] or owns(stream, group, consumer, entry.id)
  end
  return found
end

-- Begins the lease of an entry that the consumer owns anew. JUSTID counts no delivery. Returns nothing of an entry that
-- was deleted meanwhile.
local function renew(stream, group, consumer, id)
  return redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
end
