#!lua flags=allow-oom
-- A worker lives: lengthen its lease, and see whose ran out.
-- KEYS[1] hash tag. ARGV[1] {worker, lease}, lease in ms.
-- Returns {lapsed (1 or 0), the dead that the caller is to bury, the living}.

local workers, dying, RETIRED = key('workers'), key('dying'), 0

local lease_end = tonumber(redis.call('ZSCORE', workers, request.worker) or RETIRED)
if lease_end > RETIRED and lease_end <= now then
  -- Nobody has judged a lease that ran out: the store itself stood still, or everybody did. All get another lease.
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', workers, RETIRED + 1, now)) do
    redis.call('ZADD', workers, now + request.lease, worker)
  end
end
redis.call('ZADD', workers, now + request.lease, request.worker)
redis.call('ZREM', dying, request.worker)

for _, worker in ipairs(redis.call('ZRANGEBYSCORE', workers, '-inf', now)) do
  redis.call('ZREM', workers, worker)
  redis.call('ZADD', dying, now, worker)
end
-- Whoever undertakes a burial may die of it: after a lease another is asked.
local dead = redis.call('ZRANGEBYSCORE', dying, '-inf', now)
for _, worker in ipairs(dead) do redis.call('ZADD', dying, now + request.lease, worker) end

return {lease_end == RETIRED and 1 or 0, dead, redis.call('ZRANGE', workers, 0, -1)}
