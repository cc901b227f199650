-- Give an agent's free places to those who wait longest in these open groups.
-- KEYS[1] hash tag. ARGV[1] {agent, groups}. ARGV[2] cap of the facts.

serve(request.agent, request.groups)
commit()
