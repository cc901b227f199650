#!lua flags=allow-oom
-- A process is dead: its agents' sockets are gone, and so are the visitors whose visits it owned.
-- KEYS[1] hash tag. ARGV[1] {worker}. ARGV[2] cap of the facts.

if tonumber(redis.call('ZSCORE', key('workers'), request.worker) or 0) > 0 then return end  -- it is back

local prefix = request.worker .. ':'
for _, agent_id in ipairs(redis.call('SMEMBERS', key('agents'))) do
  local dead = {}
  for _, device in ipairs(redis.call('ZRANGE', key('devices', agent_id), 0, -1)) do
    if string.sub(device, 1, #prefix) == prefix then dead[#dead + 1] = device end
  end
  if #dead > 0 then drop_devices(agent_id, dead) end
end

for _, conversation in ipairs(find_all(redis.call('SMEMBERS', key('served_by', request.worker)))) do
  if not conversation.visitor_gone_at then
    set(conversation, {visitor_gone_at = now})
    plan_next_look(conversation)
  end
end
commit()
