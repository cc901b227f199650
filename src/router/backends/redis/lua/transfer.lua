-- Hand a conversation to an agent by name, or to a group, where it goes first (R9).
-- KEYS[1] hash tag. ARGV[1] {conversation, by, holds, version, agent, group, plan, agent_groups}. ARGV[2] cap of the
-- facts. Returns the conversation as JSON. Refuses not_found, closed, conflict, forbidden, not_available.

local conversation = find_or_refuse(request.conversation)
if not is_open(conversation) then refuse('closed') end
if conversation.version ~= request.version then refuse('conflict') end
local giver, agent = conversation.agent, given(request.agent)
if request.holds and giver ~= request.by then refuse('forbidden') end
if agent and agent == giver then return cjson.encode(shown(conversation)) end

if agent then
  if not is_free(presence(agent)) then refuse('not_available') end
  hand_over(conversation, 'transfer', 'transferred', {agent = agent, because = 'Transferred to this agent by name.'})
else
  if giver then
    release(conversation, 'transferred')
  else
    leave_lines(conversation)
    conversation.lost_because = 'transferred'
  end
  if conversation.excluded then unset(conversation, {'excluded'}) end
  -- Nobody gets back what she has just given away, unless there is nobody else.
  requeue(conversation, 'requeue', {
    head = '1', target = request.group, group = request.group, lines = {}, excluded = giver and {giver},
  })
  route(conversation, request.plan)
end
if giver then serve(giver, request.agent_groups[giver] or {}) end
commit()
return cjson.encode(shown(conversation))
