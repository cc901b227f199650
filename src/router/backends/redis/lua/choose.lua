-- Set what an agent chose, then give new places to those who wait in the agent's open groups (R4, R11).
-- KEYS[1] hash tag. ARGV[1] {agent, status, capacity, groups}; null leaves as it is. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

local before = presence(request.agent)
local agent = key('agent', request.agent)
if given(request.status) then redis.call('HSET', agent, 'status', request.status) end
if given(request.capacity) then redis.call('HSET', agent, 'chosen_capacity', request.capacity) end
redis.call('SADD', key('agents'), request.agent)

presences[request.agent] = nil
local after = presence(request.agent)
if is_online(after) then
  local was_full = before.load >= before.capacity
  if not is_online(before) or (was_full and is_free(after)) then redis.call('HSET', agent, 'free_since', now) end
end
touch(request.agent)
serve(request.agent, request.groups)
commit()
return cjson.encode(presence(request.agent))
