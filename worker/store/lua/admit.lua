-- Admit one request of a caller whose token is genuine: refuse a revoked token, count the others against the app's rate.
-- A bucket is one number, the time until which the rate is used up (GCRA): https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
-- KEYS    1: the rate's bucket, 2: revocation of this token, 3: of all of its holder's, 4: of all of its app's
-- ARGV    1: when the token was issued (ms), 2: time between two requests at the rate (us), 3: how much of it may be used
--         at once (us)
-- result  0: admitted, -1: revoked, else after how long it would be admitted (ms)
local issued, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local revoked = redis.call('MGET', KEYS[2], KEYS[3], KEYS[4])
if revoked[1] then return -1 end
for i = 2, 3 do
  if revoked[i] and issued <= tonumber(revoked[i]) then return -1 end
end

-- The server's clock: that of several API processes would differ.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local used_until = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') or 0, now) + interval
local excess = used_until - now - burst
if excess > 0 then return math.ceil(excess / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', used_until), 'PX', math.ceil((used_until - now) / 1000))
return 0
