#!lua flags=allow-oom
-- End a conversation and give the freed place to whoever waits longest (R4).
-- KEYS[1] hash tag. ARGV[1] {conversation, by, version, outcome, agent_groups, plan}. ARGV[2] cap of the facts.
-- Returns the conversation as JSON. Refuses not_found, conflict.

local conversation = find_or_refuse(request.conversation)
local seen = given(request.version)
if seen and seen ~= conversation.version then refuse('conflict') end
if not is_open(conversation) then return cjson.encode(shown(conversation)) end

if conversation.state == 'queued' then
  end_wait(conversation, 'close', cause_under(given(request.plan)), request.by)
else
  close(conversation, request.by, given(request.outcome))
  serve(conversation.agent, request.agent_groups[conversation.agent] or {})
end
commit()
return cjson.encode(shown(conversation))
