#!lua flags=allow-oom
-- Proofs of life of agents' sockets: lengthen their leases, then give free places to those who wait in the open groups.
-- KEYS[1] hash tag. ARGV[1] {renewals}: each {agent, device, age, groups}, age in ms. ARGV[2] cap of the facts.

for _, renewal in ipairs(request.renewals) do
  change_agent(renewal.agent, function() keep_lease(renewal.agent, renewal.device, renewal.age) end)
  serve(renewal.agent, renewal.groups)
end
commit()
