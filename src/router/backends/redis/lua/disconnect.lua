-- A socket of an agent is gone; the longest lease of the others remains.
-- KEYS[1] hash tag. ARGV[1] {agent, device}. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

local devices = key('devices', request.agent)
redis.call('ZREM', devices, request.device)
local longest = redis.call('ZREVRANGE', devices, 0, 0, 'WITHSCORES')
if longest[1] then
  redis.call('ZADD', key('leases'), longest[2], request.agent)
else
  redis.call('ZREM', key('leases'), request.agent)
end
touch(request.agent)
commit()
return cjson.encode(presence(request.agent))
