-- Add entries of one field to a stream, all or none.
-- KEYS    1: stream
-- ARGV    1: field; then the values
-- result  how many were added
for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', ARGV[1], ARGV[i]) end
return #ARGV - 1
