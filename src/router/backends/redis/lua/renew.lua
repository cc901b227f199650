-- Proofs of life of agents' sockets: lengthen their leases, then give free places to those who wait in the open groups.
-- KEYS[1] hash tag. ARGV[1] {renewals}: each {agent, device, age, groups}, age in ms. ARGV[2] cap of the facts.

for _, renewal in ipairs(request.renewals) do
  local before = presence(renewal.agent)
  local expiry = now + times.lease - renewal.age
  redis.call('ZADD', key('devices', renewal.agent), 'GT', expiry, renewal.device)
  redis.call('ZADD', key('leases'), 'GT', expiry, renewal.agent)
  presences[renewal.agent] = nil
  local after = presence(renewal.agent)
  if is_online(after) and not is_online(before) then
    redis.call('HSET', key('agent', renewal.agent), 'free_since', now)
  end
  if after.connected ~= before.connected then touch(renewal.agent) end
  serve(renewal.agent, renewal.groups)
end
commit()
