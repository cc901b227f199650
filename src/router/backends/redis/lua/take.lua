-- A manager takes a conversation over, from an agent or from the line (R9).
-- KEYS[1] hash tag. ARGV[1] {conversation, agent, version, agent_groups}. ARGV[2] cap of the facts.
-- Returns the conversation as JSON. Refuses not_found, closed, conflict, full.

local conversation = find_or_refuse(request.conversation)
if not is_open(conversation) then refuse('closed') end
if conversation.version ~= request.version then refuse('conflict') end
local loser = conversation.agent
if loser == request.agent then return cjson.encode(shown(conversation)) end
if not has_place(presence(request.agent)) then refuse('full') end

hand_over(conversation, 'take', 'taken', {agent = request.agent, because = 'Taken over.'})
if loser then serve(loser, request.agent_groups[loser] or {}) end
commit()
return cjson.encode(shown(conversation))
