-- Change what is set of an app over HTTP, if it is still what was read.
-- uses    arguments
-- KEYS    the app's hash, the hash of versions
-- ARGV    app key, the version that was read ('': none); number of fields to set, then field, value of each;
--         number of fields to remove, then each
-- result  1 if it was changed, 0 if somebody else has changed it since it was read
local appkey, version = take(), take()
if (redis.call('HGET', KEYS[2], appkey) or '') ~= version then return 0 end
-- A key of another type ends the script here, before anything is written.
redis.call('HLEN', KEYS[1])
for _ = 1, tonumber(take()) do redis.call('HSET', KEYS[1], take(), take()) end
for _ = 1, tonumber(take()) do redis.call('HDEL', KEYS[1], take()) end
-- By the clock, so that a version is never used again, not even after the data was lost.
local time = redis.call('TIME')
local microseconds = tonumber(time[1]) * 1000000 + tonumber(time[2])
redis.call('HSET', KEYS[2], appkey, string.format('%.0f', math.max(microseconds, (tonumber(version) or 0) + 1)))
return 1
