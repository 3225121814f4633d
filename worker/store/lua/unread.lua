-- Tell how much of a stream no consumer was given yet.
-- uses    unread
-- KEYS    1: stream
-- ARGV    1: consumer group
-- result  how many entries
return unread(KEYS[1], ARGV[1])
