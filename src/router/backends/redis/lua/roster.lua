-- Everybody who has ever been there.
-- KEYS[1] hash tag. ARGV[1] {}. ARGV[2] cap of the facts (unused: nothing changes).
-- Returns a list of presences, each as JSON.

local roster = {}
for i, id in ipairs(redis.call('SMEMBERS', key('agents'))) do roster[i] = cjson.encode(presence(id)) end
return roster
