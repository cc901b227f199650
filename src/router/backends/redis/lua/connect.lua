-- A socket of an agent lives: note it, or lengthen its lease, then give free places to those who wait in these open
-- groups. Without `capacity` it is a sign of life of a known one.
-- KEYS[1] hash tag. ARGV[1] {agent, device, capacity, lease, groups}, lease in ms. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

local before = presence(request.agent)
local capacity = given(request.capacity)
if capacity then
  redis.call('SADD', key('agents'), request.agent)
  redis.call('HSET', key('agent', request.agent), 'capacity', capacity)
end
redis.call('ZADD', key('devices', request.agent), now + request.lease, request.device)
redis.call('ZADD', key('leases'), now + request.lease, request.agent)

presences[request.agent] = nil
local after = presence(request.agent)
if is_online(after) and not is_online(before) then
  redis.call('HSET', key('agent', request.agent), 'free_since', now)
end
if after.connected ~= before.connected or after.capacity ~= before.capacity then touch(request.agent) end
serve(request.agent, request.groups)
commit()
return cjson.encode(presence(request.agent))
