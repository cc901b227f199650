#!lua flags=allow-oom
-- A socket of an agent is gone; the longest lease of the others remains.
-- KEYS[1] hash tag. ARGV[1] {agent, device}. ARGV[2] cap of the facts.
-- Returns the presence as JSON.

drop_devices(request.agent, {request.device})
commit()
return cjson.encode(presence(request.agent))
