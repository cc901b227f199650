-- A conversation with its last messages after a seq.
-- KEYS[1] hash tag. ARGV[1] {conversation, after, limit}. ARGV[2] cap of the facts (unused: nothing changes).
-- Returns the conversation, then each message, as JSON. Refuses not_found.

local conversation = find_or_refuse(request.conversation)
local messages = key('messages', request.conversation)
local first = math.max(request.after, redis.call('LLEN', messages) - request.limit)
local found = redis.call('LRANGE', messages, first, -1)
table.insert(found, 1, cjson.encode(shown(conversation)))
return found
