-- Waiting again, and the ends: what becomes of a conversation that finds no agent, loses its agent, or is over.

local LOOK_AGAIN_MS = 5000  -- for what no place tells of: the last agent of a group who leaves, all who are excluded

local EARLIER_KEPT = 100  -- of a visitor; the oldest go first

-- Of a visitor without consent there is none.
local function has_history(visitor)
  return redis.call('EXISTS', key('visitor', visitor)) == 1
end

local function count_closed(visitor, by)
  if not has_history(visitor) then return end
  redis.call('HINCRBY', key('visitor', visitor), 'conversations_closed', by)
  redis.call('PEXPIRE', key('visitor', visitor), HISTORY_KEPT_MS)
end

-- Whoever serves the visitor later can look it up.
local function note_earlier(conversation)
  if not has_history(conversation.visitor) then return end
  local earlier = key('earlier', conversation.visitor)
  redis.call('ZADD', earlier, conversation.closed_at, conversation.id)
  redis.call('ZREMRANGEBYRANK', earlier, 0, -EARLIER_KEPT - 1)
  redis.call('PEXPIRE', earlier, HISTORY_KEPT_MS)
end

-- The agent has written to the visitor, whose conversations she may look up from now on.
local function note_met(conversation, agent)
  if not has_history(conversation.visitor) then return end
  redis.call('SADD', key('met', conversation.visitor), agent)
  redis.call('PEXPIRE', key('met', conversation.visitor), HISTORY_KEPT_MS)
end

-- It can be reopened for a while.
local function note_closed(conversation)
  count_closed(conversation.visitor, 1)
  redis.call('SET', key('visitor_last', conversation.visitor), conversation.id, 'PX', times.reopen_within)
end

local function note_reopened(conversation)
  count_closed(conversation.visitor, -1)  -- it is counted when it ends again
  redis.call('DEL', key('visitor_last', conversation.visitor))
  redis.call('ZREM', key('earlier', conversation.visitor), conversation.id)
end

local function end_conversation(conversation, event)
  redis.call('DEL', key('visitor_open', conversation.visitor))
  if conversation.preferred then redis.call('SREM', key('preferring', conversation.preferred), conversation.id) end
  if conversation.served_by then redis.call('SREM', key('served_by', conversation.served_by), conversation.id) end
  change(conversation, event, {closed_at = now})
  plan_next_look(conversation)
  note_earlier(conversation)
  if conversation.state == 'closed' then note_closed(conversation) end
end

local function record_closed(conversation, by, outcome)
  record('closed', conversation, conversation.version, {
    outcome = outcome, answered = conversation.answered == '1', by = by,
  })
end

-- The wait ends without an agent (R7). `event` is give_up or close. Only who never had one is a missed contact.
local function end_wait(conversation, event, cause, by)
  leave_lines(conversation)
  end_conversation(conversation, event)
  if conversation.was_held then
    record_closed(conversation, by)
  else
    record('missed_contact', conversation, conversation.version, {cause = cause})
  end
  tell_changed(conversation, conversation.lost_by, cause)
end

-- End a conversation that an agent holds; whoever calls gives the freed place away.
local function close(conversation, by, outcome)
  free_place(conversation)
  if conversation.idle then unset(conversation, {'idle'}) end
  end_conversation(conversation, 'close')
  record_closed(conversation, by, outcome)
  tell_changed(conversation, conversation.agent, by)
end

-- It waits once more; where, is for the caller to say. `fields` are stored with it.
local function requeue(conversation, event, fields)
  fields.queued_at = now
  change(conversation, event, fields)
  if fields.preferred then redis.call('SADD', key('preferring', fields.preferred), conversation.id) end
  record('queued', conversation, conversation.version)
end

-- Assign the conversation by the plan, else let it wait, or end a wait that was too long.
local function route(conversation, plan)
  if not plan then return end_wait(conversation, 'give_up', 'absent', 'no_routing') end
  if conversation.routing_rule ~= plan.routing_rule or conversation.day ~= plan.day then
    set(conversation, {routing_rule = plan.routing_rule, day = plan.day})
  end
  local is_new, is_back = conversation.state == nil, conversation.lost_because ~= nil
  local waited = now - conversation.queued_at
  local seated, found = place(conversation, plan, waited)
  if seated then return end

  local had_agent = conversation.was_held or conversation.target
  local left = (given(plan.max_wait) or had_agent and times.returned_wait or 0) - waited
  if left <= 0 or (is_new and not found) then
    local event = not is_new and plan['then'] == 'close' and 'close' or 'give_up'
    return end_wait(conversation, event, cause_under(plan), 'max_wait')
  end
  if not found then
    -- Nobody is there: whoever comes online first, in any of the groups, may help.
    found = {lines = {}, group = plan.groups[1].id}
    for i, group in ipairs(plan.groups) do found.lines[i] = group.id end
  end
  local look_again_in = math.min(left, found.overflow_in or left)
  if found.overflow_in or conversation.excluded then look_again_in = math.min(look_again_in, LOOK_AGAIN_MS) end
  if is_new then
    change(conversation, 'queue', {group = found.group})
    record('queued', conversation, conversation.version)
  elseif is_back then
    set(conversation, {group = found.group})
  end
  join_lines(conversation, found.lines, now + look_again_in)
  if is_new or is_back then
    set(conversation, {told_position = position(conversation)})
    tell_changed(conversation, conversation.lost_by, conversation.lost_because)
  end
end

-- When everybody who is online has let the conversation pass, it goes round again, and managers are told.
local function clear_exclusions(conversation, plan)
  local excluded, waited = conversation.excluded, now - conversation.queued_at
  if not plan or not excluded or choose(plan, waited, conversation) then return end
  conversation.excluded = nil
  if choose(plan, waited, conversation) then
    unset(conversation, {'excluded'})
    record('exclusions_cleared', conversation, conversation.version, {excluded = excluded})
    tell({news = 'alert', conversation = conversation.id, code = 'nobody_answered'})
  else
    conversation.excluded = excluded  -- nobody is there at all
  end
end

-- The visitor wrote: an idle conversation takes a place of its agent again, or waits for one.
local function wake(conversation)
  if not conversation.idle then return end
  local agent = conversation.agent
  if has_place(presence(agent)) then
    change_agent(agent, function() redis.call('SMOVE', key('idle', agent), key('holding', agent), conversation.id) end)
    unset(conversation, {'idle'})
    plan_next_look(conversation)
    return
  end
  release(conversation, 'capacity')
  requeue(conversation, 'requeue', {preferred = agent, head = '1'})
  join_lines(conversation, {conversation.group}, now)  -- looked at next, with a plan
  set(conversation, {told_position = position(conversation)})
  tell_changed(conversation, agent, 'capacity')
end

-- Every script that changes something ends here: one stream entry of facts, then the news in the order of the changes.
local function commit()
  for group in pairs(touched_lines) do tell_line(group) end
  local told = {}
  for _, id in ipairs(touched_agents) do
    if not told[id] then tell({news = 'presence', presence = presence(id)}) end
    told[id] = true
  end
  write_facts()
  publish_news()
end
