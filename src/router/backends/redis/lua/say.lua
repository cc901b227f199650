-- Store one message of a running conversation; the visitor may also add to one that ended offline (the offline form).
-- KEYS[1] hash tag. ARGV[1] {conversation, sender, sender_id, client_msg_id, text, name, note}. ARGV[2] cap of the facts.
-- Returns {conversation, seq, repeated} as JSON. Refuses not_found, closed, forbidden.

local before = said_before(request.conversation, request.sender, request.sender_id, request.client_msg_id)
if before then return cjson.encode(before) end

local conversation = find_or_refuse(request.conversation)
local is_answer = request.sender == 'agent' or request.sender == 'bot'
if request.sender == 'visitor' and conversation.visitor ~= request.sender_id then refuse('forbidden') end
if is_answer and conversation.agent ~= request.sender_id then refuse('forbidden') end
local is_over = conversation.state == 'closed' or (conversation.state == 'offline' and request.sender ~= 'visitor')
if is_over then refuse('closed') end

local said = store(conversation, request)
if request.sender == 'visitor' then wake(conversation) end
if is_answer then sign_of_life(request.sender_id) end
if is_answer and not request.note and not conversation.replied then
  set(conversation, {replied = '1'})
  note_met(conversation, request.sender_id)
  redis.call('HDEL', key('agent', request.sender_id), 'misses')
  plan_next_look(conversation)
end
if request.sender == 'agent' and not request.note and not conversation.answered then
  set(conversation, {answered = '1'})
  record('first_answer', conversation, 'm' .. said.seq, {after = now - conversation.opened_at})
end
commit()
return cjson.encode(said)
