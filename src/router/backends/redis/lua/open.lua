-- Store a visitor's first message, then assign, queue or send offline (R4, R5, R7); an offline form always goes offline.
-- KEYS[1] hash tag. ARGV[1] ports.NewConversation as JSON. ARGV[2] cap of the facts.
-- Returns {conversation, said} as JSON.

local message = message_of_visitor()
local answer = say_in_open(message)
if answer then return answer end

local plan = request.plan
local conversation = {id = request.id, version = 0, lines = {}}
set(conversation, {
  id = request.id, visitor = request.visitor, visit = request.visit, rule = request.rule, campaign = request.campaign,
  priority = request.priority, card = request.card, version = 0, generation = string.format('%x', now),
  opened_at = now, waiting_since = now, queued_at = now, lines = {}, routing_rule = plan.routing_rule, day = plan.day,
})
redis.call('SET', key('visitor_open', request.visitor), request.id)
serve_from(conversation, owner_of(request.visitor))
record('contact', conversation, 1)
if given(request.opening_text) then
  store(conversation, {sender = 'system', sender_id = '', text = request.opening_text})
end
local said = store(conversation, message)

if request.offline_form then
  end_wait(conversation, 'give_up', cause_under(plan))
else
  route(conversation, plan)
end
commit()
return opened(conversation, said)
