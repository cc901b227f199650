-- Put back what the store has lost (the end of its file, or everything) and a process still remembers. Every process
-- that finds out does it with what it heard; what is there already stays. The first one begins a new generation.
-- KEYS[1] hash tag. ARGV[1] {generation, presences, changed, batches}: the generation that the process knew (ms, 0 for
-- none), the presences of agents and, of them, those that changed of late, and batches of news in their order.
-- ARGV[2] cap of the facts.
-- Tells no news: a new generation makes everybody read anew.

-- Whether this process is the first one.
local function begin_generation()
  local present = tonumber(redis.call('GET', key('generation')) or 0, 16)
  if present > request.generation then return false end
  generation = string.format('%x', math.max(now, request.generation + 1))
  redis.call('SET', key('generation'), generation)
  return true
end

-- Whoever is away because of what she did not do has chosen to be online.
local function put_back_choice(agent)
  local hash, away_because = key('agent', agent.id), given(agent.away_because)
  redis.call('HSET', hash, 'status', away_because and 'online' or agent.status)
  if away_because then
    redis.call('HSET', hash, 'away_because', away_because)
  else
    redis.call('HDEL', hash, 'away_because')
  end
  if agent.capacity ~= presence(agent.id).capacity then redis.call('HSET', hash, 'chosen_capacity', agent.capacity) end
end

local function put_back_agent(agent)
  if redis.call('SADD', key('agents'), agent.id) == 0 then return end
  redis.call('HSET', key('agent', agent.id), 'free_since', agent.free_since, 'bot', agent.bot and '1' or '0')
  put_back_choice(agent)
  presences[agent.id] = nil
end

-- Out of the lines and the places that it had before.
local function lift(conversation)
  if conversation.state == 'queued' then leave_lines(conversation) end
  if conversation.state == 'assigned' then free_place(conversation) end
  if conversation.state == 'closed' then note_reopened(conversation) end
  if conversation.preferred then redis.call('SREM', key('preferring', conversation.preferred), conversation.id) end
  if redis.call('GET', key('visitor_open', conversation.visitor)) == conversation.id then
    redis.call('DEL', key('visitor_open', conversation.visitor))
  end
end

local function settle_in(conversation)
  if conversation.state == 'queued' then
    if conversation.preferred then redis.call('SADD', key('preferring', conversation.preferred), conversation.id) end
    join_lines(conversation, {conversation.group}, now)  -- looked at once: its plan is made anew
  elseif conversation.state == 'assigned' then
    redis.call('SADD', key(conversation.idle and 'idle' or 'holding', conversation.agent), conversation.id)
    set(conversation, {assigned_at = now})
    presences[conversation.agent] = nil
    plan_next_look(conversation)
  else
    set(conversation, {closed_at = now})
    plan_next_look(conversation)
    note_earlier(conversation)
    if conversation.state == 'closed' then note_closed(conversation) end
    return
  end
  redis.call('SET', key('visitor_open', conversation.visitor), conversation.id)
  serve_from(conversation, owner_of(conversation.visitor))
end

-- The facts of the change that made this view, of which the first has the version `first`.
local function record_change(conversation, first, before, reason)
  if first == 1 then record('contact', conversation, 1) end
  if before and before ~= conversation.agent then
    record('unassigned', conversation, first, {agent = before, reason = reason})
  end
  if reason == 'reopened' then record('reopened', conversation, first) end
  local version = conversation.version
  if conversation.state == 'assigned' then
    record('assigned', conversation, version, {because = conversation.assigned_because})
  elseif conversation.state == 'queued' then
    record('queued', conversation, version)
  elseif conversation.was_held then
    record('closed', conversation, version, {answered = conversation.answered == '1', by = reason})
  else
    record('missed_contact', conversation, version, {cause = reason})
  end
end

local function put_back_conversation(view, before, reason)
  local conversation = find(view.id)
  local known = conversation and conversation.version or 0
  if reason == 'position' or known >= view.version then return end
  if conversation then
    lift(conversation)
  else
    conversation = {id = view.id, lines = {}}
    set(conversation, {routing_rule = '', day = '', lines = {}})
  end
  unset(conversation, SHOWN)
  unset(conversation, FLAGS)
  local fields = {queued_at = now}
  for _, name in ipairs(SHOWN) do fields[name] = view[name] end
  for _, name in ipairs(FLAGS) do fields[name] = view[name] and '1' end
  fields.generation = string.match(view.generation, '^[^.]+')
  if before or view.agent then fields.was_held = '1' end
  set(conversation, fields)
  settle_in(conversation)
  record_change(conversation, known + 1, before, reason)
end

-- Its number may have been given to another one meanwhile: it gets the next, which the new generation allows.
local function put_back_message(told)
  local conversation, message = find(told.conversation), told.message
  if not conversation then return end
  local sender_id = message.sender == 'visitor' and told.visitor or message.agent or ''
  if message.client_msg_id then
    if said_before(conversation.id, message.sender, sender_id, message.client_msg_id) then return end
  elseif message.seq <= redis.call('LLEN', key('messages', conversation.id)) then
    return
  end
  message.sender_id = sender_id
  local said = store(conversation, message)
  if message.agent and not message.note and message.agent == conversation.agent then
    set(conversation, {replied = '1'})
    plan_next_look(conversation)
  end
  if message.sender == 'agent' and not message.note and not conversation.answered then
    set(conversation, {answered = '1'})
    record('first_answer', conversation, 'm' .. said.seq, {after = message.at - conversation.opened_at})
  end
end

local is_first = begin_generation()
for _, agent in ipairs(request.presences) do put_back_agent(agent) end
if is_first then  -- later ones may know less than what was chosen meanwhile
  for _, agent in ipairs(request.changed) do
    change_agent(agent.id, function() put_back_choice(agent) end)
  end
end
for _, batch in ipairs(request.batches) do
  -- A first message is told before the conversation that it opened.
  for _, told in ipairs(batch) do
    if told.news == 'conversation' then put_back_conversation(told.conversation, told.before, told.reason) end
  end
  for _, told in ipairs(batch) do
    if told.news == 'message' then put_back_message(told) end
  end
end
write_facts()
