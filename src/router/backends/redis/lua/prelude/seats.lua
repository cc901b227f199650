-- Who holds what: the waiting lines, an agent's places, and the end of a script.

local function touch_lines(conversation)
  for _, group in ipairs(conversation.lines) do touched_lines[group] = true end
end

-- Wait in the lines of these groups too, until `due_at`, when the wait is looked at again.
local function join_lines(conversation, groups, due_at)
  local joined = {}
  for _, group in ipairs(conversation.lines) do joined[group] = true end
  local lines = conversation.lines
  for _, group in ipairs(groups) do
    if not joined[group] then lines[#lines + 1] = group end
    redis.call('ZADD', key('waiting', group), conversation.priority, line_member(conversation))
  end
  set(conversation, {lines = lines})
  redis.call('ZADD', key('due'), due_at, conversation.id)
  touch_lines(conversation)
end

local function leave_lines(conversation)
  touch_lines(conversation)
  for _, group in ipairs(conversation.lines) do
    redis.call('ZREM', key('waiting', group), line_member(conversation))
  end
  redis.call('ZREM', key('due'), conversation.id)
end

-- Give the conversation to the agent: `found` is what `choose` returned.
local function seat(conversation, found)
  leave_lines(conversation)
  redis.call('SADD', key('holding', found.agent), conversation.id)
  redis.call('HSET', key('agent', found.agent), 'free_since', now)
  local shares = key('shares', conversation.routing_rule .. ':' .. conversation.day)
  redis.call('HINCRBY', shares, found.group, 1)
  redis.call('PEXPIRE', shares, 2 * DAY_MS)
  change(conversation, 'assign', {agent = found.agent, group = found.group, assigned_because = found.because})
  record('assigned', conversation, conversation.version, {because = found.because, candidates = found.candidates})
  tell_changed(conversation)
  touch(found.agent)
end

local function unseat(conversation)
  local was_free = is_free(presence(conversation.agent))
  redis.call('SREM', key('holding', conversation.agent), conversation.id)
  presences[conversation.agent] = nil
  if not was_free and is_free(presence(conversation.agent)) then
    redis.call('HSET', key('agent', conversation.agent), 'free_since', now)  -- a place back after being full
  end
  touch(conversation.agent)
end

local function first_in(group)
  local head = redis.call('ZRANGE', key('waiting', group), 0, 0, 'WITHSCORES')
  if head[1] then return {member = head[1], priority = tonumber(head[2]), group = group} end
end

local function goes_first(a, b)
  if a.priority ~= b.priority then return a.priority < b.priority end
  return comes_before(a.member, b.member)
end

-- Give the agent's free places to those who wait longest in the lines of these groups.
local function serve(agent_id, groups)
  while is_free(presence(agent_id)) do
    local first
    for _, group in ipairs(groups) do
      local head = first_in(group)
      if head and (not first or goes_first(head, first)) then first = head end
    end
    if not first then return end
    local conversation, agent = find(in_line(first.member)), presence(agent_id)
    seat(conversation, {
      agent = agent_id, group = first.group,
      because = string.format('Had a free place (load %d of %d) when this was first in line, after waiting for %d s.',
        agent.load, agent.capacity, math.floor((now - conversation.queued_at) / 1000)),
      candidates = {[agent_id] = {
        stands = 'free', load = agent.load, capacity = agent.capacity, free_since = agent.free_since,
      }},
    })
  end
end

-- Look for an agent. Whoever waits longer for the group that is found goes first, so a place may go to another; the
-- search then begins anew. Returns true when this conversation was seated, else what `choose` found last.
local function place(conversation, plan, waited)
  local own = {priority = conversation.priority, member = line_member(conversation)}
  while true do
    local found = choose(plan, waited)
    if not found or not found.agent then return false, found end
    local head = first_in(found.group)
    if not head or not goes_first(head, own) then
      seat(conversation, found)
      return true
    end
    serve(found.agent, {found.group})
  end
end

local function count_closed(conversation)
  local history = key('visitor', conversation.visitor)
  redis.call('HINCRBY', history, 'conversations_closed', 1)
  redis.call('PEXPIRE', history, HISTORY_KEPT_MS)
end

-- The conversation ends without anybody having been assigned (R7). `event` is give_up or close.
local function miss(conversation, event, cause)
  leave_lines(conversation)
  redis.call('DEL', key('visitor_open', conversation.visitor))
  change(conversation, event, {})
  record('missed_contact', conversation, conversation.version, {cause = cause})
  if event == 'close' then count_closed(conversation) end
  tell_changed(conversation, nil, cause)
end

local function tell_line(group)
  local line = key('waiting', group)
  local members = redis.call('ZRANGE', line, 0, LONGEST_POSITION_TOLD - 1)
  local oldest = members[1] and tonumber(string.sub(members[1], 1, 13))
  tell({news = 'waiting', group = group, waiting = redis.call('ZCARD', line), oldest = oldest})
  for place_now, member in ipairs(members) do
    local id = in_line(member)
    local told = redis.call('HMGET', key('conversation', id), 'group', 'told_position')
    if told[1] == group and tonumber(told[2] or 0) ~= place_now then
      redis.call('HSET', key('conversation', id), 'told_position', place_now)
      if told[2] then
        local view = shown(find(id))
        view.card = nil
        tell({news = 'conversation', conversation = view, reason = 'position'})
      end
    end
  end
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
