-- Try again to assign a waiting conversation; let it overflow to the next groups, or end its wait, when that is due.
-- KEYS[1] hash tag. ARGV[1] {conversation, plan, agent_groups}. ARGV[2] cap of the facts.
-- Returns the conversation as JSON, unchanged when it does not wait any more. Refuses not_found.

local conversation = find_or_refuse(request.conversation)
if conversation.state ~= 'queued' then return cjson.encode(shown(conversation)) end

local plan = given(request.plan)
if not plan then
  miss(conversation, 'give_up', 'absent')
  commit()
  return cjson.encode(shown(conversation))
end
local waited = now - conversation.queued_at
local left = (given(plan.max_wait) or 0) - waited
set(conversation, {routing_rule = plan.routing_rule, day = plan.day})

local seated, wait = place(conversation, plan, waited)
if not seated then
  if left <= 0 then
    miss(conversation, plan['then'] == 'close' and 'close' or 'give_up', cause_under(plan))
  else
    -- With everybody gone there is no next group to come, but somebody may be back before the wait is over.
    local look_again_in = wait and wait.overflow_in or left
    join_lines(conversation, wait and wait.lines or {}, now + math.min(left, look_again_in))
  end
end
commit()
return cjson.encode(shown(conversation))
