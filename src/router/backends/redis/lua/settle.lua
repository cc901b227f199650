#!lua flags=allow-oom
-- Do what is due in a conversation, and leave it as it is when nothing is: any number of processes ask at once.
-- KEYS[1] hash tag. ARGV[1] {conversation, plan, agent_groups}. ARGV[2] cap of the facts.
-- Returns the conversation as JSON. Refuses not_found.

local conversation = find_or_refuse(request.conversation)
local plan = given(request.plan)
local holder = conversation.agent

local function lose_agent(reason, fields)
  release(conversation, reason)
  requeue(conversation, 'requeue', fields or {})
end

local settle = {
  visitor_gone = function()
    if conversation.state == 'queued' then
      end_wait(conversation, 'close', cause_under(plan), 'visitor_gone')
    else
      close(conversation, 'visitor_gone')
    end
  end,
  tell_lost = function()
    set(conversation, {told_lost = '1'})
    plan_next_look(conversation)
    tell_changed(conversation, holder, 'agent_lost')
  end,
  agent_lost = function() lose_agent('agent_lost', {head = '1', preferred = holder}) end,
  agent_away = function() lose_agent('agent_away') end,
  no_answer = function()
    local excluded = conversation.excluded or {}
    excluded[#excluded + 1] = holder
    lose_agent('no_answer', {excluded = excluded})
    count_miss(holder)
  end,
  idle = function()
    change_agent(holder, function()
      redis.call('SMOVE', key('holding', holder), key('idle', holder), conversation.id)
    end)
    set(conversation, {idle = '1'})
    plan_next_look(conversation)
  end,
}

local at, what = next_look(conversation)
if not at or at > now then
  plan_next_look(conversation)  -- a message put it off: unless that is noted, it stays due
elseif what ~= 'try' then
  settle[what]()
end
if conversation.state == 'queued' then
  clear_exclusions(conversation, plan)
  route(conversation, plan)
end
if holder then serve(holder, request.agent_groups[holder] or {}) end
commit()
return cjson.encode(shown(conversation))
