-- Takes tokens from a bucket that all instances share (generic cell rate algorithm, on this server's clock).
-- KEYS[1]  the bucket
-- ARGV     quota, window in milliseconds, tokens wanted; below 0: tokens that are given back
-- Returns  tokens granted (as many as are free, up to those wanted), tokens left, milliseconds until one more
--          is free (0 when all wanted were granted), milliseconds until all are free
-- The key holds one number: the time in microseconds at which the bucket is full again.
local quota = tonumber(ARGV[1])
local interval = math.ceil(tonumber(ARGV[2]) * 1000 / quota)
local wanted = tonumber(ARGV[3])
local capacity = quota * interval

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
-- A clock that was set back must not lock anybody out for longer than a window.
full_at = math.min(math.max(full_at, now), now + capacity)

local free = math.floor((now + capacity - full_at) / interval)
local granted = math.min(wanted, free)
if granted ~= 0 then
  full_at = math.max(now, full_at + granted * interval)
end
if full_at == now then
  redis.call('DEL', KEYS[1])
elseif granted ~= 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
end

local retry_after = 0
if granted < wanted then
  retry_after = math.ceil((full_at + interval - capacity - now) / 1000)
end
return { granted, math.min(quota, free - granted), retry_after, math.floor((full_at - now) / 1000) }
