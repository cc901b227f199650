-- Keep histories of visitors and snapshots of visits: one answer for many of them, instead of three for each.
-- KEYS: of each the visitor's key, then the visit's. ARGV[1], ARGV[2]: how long to keep either, in ms; then of each
-- the history, the visit's id, and the snapshot.

for number = 1, #KEYS / 2 do
  local visitor, visit = KEYS[2 * number - 1], KEYS[2 * number]
  local history, id, snapshot = ARGV[3 * number], ARGV[3 * number + 1], ARGV[3 * number + 2]
  redis.call('HSET', visitor, 'seen', history, 'latest_visit', id)
  redis.call('PEXPIRE', visitor, ARGV[1])
  redis.call('SET', visit, snapshot, 'PX', ARGV[2])
end
