-- A socket of an agent is there; her capacity is taken when she never chose one.
-- KEYS[1] hash tag. ARGV[1] {agent, device, capacity, bot}. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

local before = presence(request.agent)
redis.call('SADD', key('agents'), request.agent)
redis.call('HSET', key('agent', request.agent), 'capacity', request.capacity)
redis.call('ZADD', key('devices', request.agent), now + times.lease, request.device)
redis.call('ZADD', key('leases'), now + times.lease, request.agent)

presences[request.agent] = nil
local after = presence(request.agent)
if is_online(after) and not is_online(before) then
  redis.call('HSET', key('agent', request.agent), 'free_since', now)
end
if after.connected ~= before.connected or after.capacity ~= before.capacity then touch(request.agent) end
commit()
return cjson.encode(presence(request.agent))
