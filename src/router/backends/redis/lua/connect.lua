-- A socket of an agent is there; her capacity is taken when she never chose one.
-- KEYS[1] hash tag. ARGV[1] {agent, device, capacity, bot}. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

redis.call('SADD', key('agents'), request.agent)
redis.call('HSET', key('agent', request.agent), 'bot', request.bot and '1' or '0')
change_agent(request.agent, function()
  redis.call('HSET', key('agent', request.agent), 'capacity', request.capacity)
  keep_lease(request.agent, request.device, 0)
end)
commit()
return cjson.encode(presence(request.agent))
