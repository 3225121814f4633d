-- Take down an attempt to guess a secret, as failed until it is forgiven: so that no number of attempts at a time gains
-- anything. The first few are free, each further one must wait twice as long.
-- KEYS    1: hash of the attempts of one address at one app
-- ARGV    1: free attempts, 2: first wait (ms), 3: longest wait (ms), 4: how long a failure is remembered (ms)
-- result  0: it may be made, else after how long another may (ms)
local free, first, longest, memory = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local barred_until = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if barred_until > now then return barred_until - now end
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
if count >= free then
  local wait = math.min(longest, first * 2 ^ math.min(count - free, 30))
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + wait))
end
redis.call('PEXPIRE', KEYS[1], memory)
return 0
