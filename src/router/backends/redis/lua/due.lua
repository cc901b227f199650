-- Waiting conversations to be looked at now. Agents whose leases ran out unseen (a killed process) are told as gone.
-- KEYS[1] hash tag. ARGV[1] {}. ARGV[2] cap of the facts.
-- Returns a list of conversations, each as JSON.

for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('leases'), '-inf', now)) do
  redis.call('ZREM', key('leases'), id)
  redis.call('DEL', key('devices', id))
  touch(id)
end
commit()

local due = {}
for i, id in ipairs(redis.call('ZRANGEBYSCORE', key('due'), '-inf', now, 'LIMIT', 0, 100)) do
  due[i] = cjson.encode(shown(find(id)))
end
return due
