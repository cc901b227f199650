-- Go on with a closed conversation to which its visitor writes (R9): the same id, the next seq, no new contact.
-- KEYS[1] hash tag. ARGV[1] {conversation, visitor, client_msg_id, text, name, plan, card}. ARGV[2] cap of the facts.
-- Returns {conversation, said} as JSON. Refuses not_found, closed.

local message = message_of_visitor()
local answer = say_in_open(message)
if answer then return answer end

local conversation = find_or_refuse(request.conversation)
if conversation.visitor ~= request.visitor then refuse('not_found') end
local is_too_late = conversation.state ~= 'closed' or conversation.closed_at + times.reopen_within <= now
if is_too_late then refuse('closed') end

redis.call('SET', key('visitor_open', request.visitor), conversation.id)
note_reopened(conversation)
local agent = conversation.agent
unset(conversation, {
  'agent', 'assigned_because', 'assigned_at', 'replied', 'idle', 'told_lost', 'head', 'preferred', 'excluded',
  'closed_at', 'visitor_gone_at', 'served_by',
})
serve_from(conversation, owner_of(request.visitor))
conversation.lost_because = 'reopened'
requeue(conversation, 'reopen', {waiting_since = now, card = request.card, lines = {}, preferred = agent})
record('reopened', conversation, conversation.version)
local said = store(conversation, message)
route(conversation, request.plan)
commit()
return opened(conversation, said)
