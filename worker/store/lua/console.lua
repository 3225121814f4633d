-- Read what is set of an app over HTTP, with its version.
-- KEYS    the app's hash, the hash of versions
-- ARGV    app key
-- result  version ('' for an app that nothing was ever set of), then field, value of each
return { redis.call('HGET', KEYS[2], ARGV[1]) or '', redis.call('HGETALL', KEYS[1]) }
