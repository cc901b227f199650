-- Own the visits of visitors no more; the next owner may be named.
-- KEYS[1] hash tag. ARGV[1] {worker, visitors, to, kept}, kept in ms.

local to = given(request.to)
for _, visitor in ipairs(request.visitors) do
  if redis.call('GET', key('owner', visitor)) == request.worker then
    if to then
      redis.call('SET', key('owner', visitor), to, 'PX', request.kept)
    else
      redis.call('DEL', key('owner', visitor))
    end
  end
end
