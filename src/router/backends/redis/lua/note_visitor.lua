#!lua flags=allow-oom
-- The first tab of a visit came, or its last one left, in the process that owns the visit; or she viewed a page.
-- KEYS[1] hash tag. ARGV[1] {conversation, here, worker, card}. ARGV[2] cap of the facts (unused: there are none).

local conversation = find(request.conversation)
if not conversation or not is_open(conversation) then return end

-- Told late, or by a process that has yet to learn that it does not own the visit: the owner knows better, or dies.
local owner, before = owner_of(conversation.visitor), conversation.served_by
if owner and owner ~= request.worker then return serve_from(conversation, owner) end
if not request.here and not owner and before and before ~= request.worker then return end
serve_from(conversation, request.worker)
if given(request.card) then set(conversation, {card = request.card}) end
if request.here then
  unset(conversation, {'visitor_gone_at'})
else
  set(conversation, {visitor_gone_at = now})
end
plan_next_look(conversation)
