-- End a conversation and give the freed place to whoever waits longest (R4).
-- KEYS[1] hash tag. ARGV[1] {conversation, by, version, outcome, agent_groups, plan}. ARGV[2] cap of the facts.
-- Returns the conversation as JSON. Refuses not_found, conflict.

local conversation = find_or_refuse(request.conversation)
local seen = given(request.version)
if seen and seen ~= conversation.version then refuse('conflict') end
if conversation.state == 'closed' or conversation.state == 'offline' then return cjson.encode(shown(conversation)) end

if conversation.state == 'queued' then
  miss(conversation, 'close', cause_under(given(request.plan)))
else
  unseat(conversation)
  redis.call('DEL', key('visitor_open', conversation.visitor))
  change(conversation, 'close', {})
  record('closed', conversation, conversation.version, {
    outcome = given(request.outcome), answered = conversation.answered == '1', by = request.by,
  })
  count_closed(conversation)
  tell_changed(conversation, conversation.agent, request.by)
  serve(conversation.agent, request.agent_groups[conversation.agent] or {})
end
commit()
return cjson.encode(shown(conversation))
