-- Set what an agent chose, which is a sign of life, then give new places to those who wait in her open groups (R4, R11).
-- KEYS[1] hash tag. ARGV[1] {agent, status, capacity, groups}; null leaves as it is. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

local agent = key('agent', request.agent)
redis.call('SADD', key('agents'), request.agent)
change_agent(request.agent, function()
  if given(request.status) then
    redis.call('HSET', agent, 'status', request.status)
    redis.call('HDEL', agent, 'away_because', 'misses')
  end
  if given(request.capacity) then redis.call('HSET', agent, 'chosen_capacity', request.capacity) end
end)
sign_of_life(request.agent)
serve(request.agent, request.groups)
commit()
return cjson.encode(presence(request.agent))
