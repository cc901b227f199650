#!lua flags=allow-oom
-- Conversations to be looked at now. Agents whose leases ran out unseen (a silent socket), and those who gave no sign of
-- life for too long, are found first.
-- KEYS[1] hash tag. ARGV[1] {}. ARGV[2] cap of the facts.
-- Returns a list of conversations, each as JSON.

-- When nobody asked for a while, the store or all processes were away, and nobody could prove her life or answer. All
-- get a moment to do so before they are judged, and whoever lived when it was asked last is taken to live till then.
local AWAY_MS, RETURN_MS = 3000, 3000
local asked_at = tonumber(redis.call('SET', key('asked_at'), now, 'GET') or now)
if now - asked_at > AWAY_MS then
  redis.call('SET', key('judged_from'), now + RETURN_MS)
  for _, agent_id in ipairs(redis.call('ZRANGEBYSCORE', key('leases'), asked_at, now + RETURN_MS)) do
    redis.call('ZADD', key('leases'), now + RETURN_MS, agent_id)
  end
end
if now < tonumber(redis.call('GET', key('judged_from')) or 0) then return {} end

local lapsed = redis.call('ZRANGEBYSCORE', key('leases'), '-inf', now, 'WITHSCORES')
for i = 1, #lapsed, 2 do lose(lapsed[i], lapsed[i + 1]) end
for _, agent_id in ipairs(redis.call('ZRANGEBYSCORE', key('inactive_at'), '-inf', now)) do
  redis.call('ZREM', key('inactive_at'), agent_id)
  send_away(agent_id, 'inactive')
end
commit()

local due = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('due'), '-inf', now, 'LIMIT', 0, 100)) do
  local conversation = find(id)
  if conversation then
    due[#due + 1] = cjson.encode(shown(conversation))
  else
    redis.call('ZREM', key('due'), id)  -- dropped, as for `find_all`: nobody behind it is to wait for it
  end
end
return due
