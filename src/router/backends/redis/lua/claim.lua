-- Own the visits of visitors, unless another living worker does.
-- KEYS[1] hash tag. ARGV[1] {worker, visitors, kept}, kept in ms.
-- Returns the owner of each.

local RETIRED = 0
local owners = {}
for i, visitor in ipairs(request.visitors) do
  local owner = redis.call('GET', key('owner', visitor))
  local lease_end = owner and tonumber(redis.call('ZSCORE', key('workers'), owner) or RETIRED)
  if not owner or owner == request.worker or lease_end == RETIRED then
    owner = request.worker
    redis.call('SET', key('owner', visitor), owner, 'PX', request.kept)
  end
  owners[i] = owner
end
return owners
