-- Keeps a version of an item unless a newer one is there, so that a late reader cannot put an old version back.
-- KEYS[1]  the item
-- ARGV     version, value, seconds to keep it, channel to announce it on ('' for none), announcement
-- Returns  1 when kept, 0 when a newer version was there
-- A value is "<version> <milliseconds since the epoch> <JSON>". A removed item is kept for a while as a value without
-- JSON whose version is greater than any other; a value without JSON says that older versions are void.
local held = string.match(redis.call('GETRANGE', KEYS[1], 0, 16), '^%d+')
if held and tonumber(held) > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if ARGV[4] ~= '' then
  redis.call('PUBLISH', ARGV[4], ARGV[5])
end
return 1
