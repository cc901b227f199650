-- The choice of group and agent (R4), the same as core/routing/distribution.py, on the shared state.

-- Compares bytes: the `<` of Lua would follow the locale of whoever started the store.
local function comes_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function is_better(agent, other, agent_choice)
  local loads = agent.load / agent.capacity - other.load / other.capacity
  local since = agent.free_since - other.free_since
  if agent_choice == 'least_busy' then
    if loads ~= 0 then return loads < 0 end
    if since ~= 0 then return since < 0 end
  else
    if since ~= 0 then return since < 0 end
    if loads ~= 0 then return loads < 0 end
  end
  return comes_before(agent.id, other.id)
end

local function best_of(agents, agent_choice)
  local best
  for _, agent in ipairs(agents) do
    if not best or is_better(agent, best, agent_choice) then best = agent end
  end
  return best
end

local function contains(list, value)
  for _, each in ipairs(list or {}) do
    if each == value then return true end
  end
  return false
end

-- What can be said of one planned group now: its free agents, and whether anybody is online in it while it is open.
-- Those who are excluded count as if they were not there.
local function survey(group, candidates, excluded)
  local free, online = {}, false
  if group.is_open then
    for _, id in ipairs(group.members) do
      local agent = presence(id)
      local stands = is_free(agent) and 'free' or is_online(agent) and 'full' or 'offline'
      if contains(excluded, id) then stands = 'excluded' end
      candidates[id] = {stands = stands, load = agent.load, capacity = agent.capacity, free_since = agent.free_since}
      online = online or stands == 'free' or stands == 'full'
      if stands == 'free' then free[#free + 1] = agent end
    end
  end
  return free, online
end

local function why(agent, free_count, plan, group_reason)
  local sentence
  if free_count == 1 then
    sentence = 'The only free agent'
  elseif plan.agent_choice == 'least_busy' then
    sentence = string.format('The least busy of %d free agents', free_count)
  else
    sentence = string.format('The longest free of %d free agents', free_count)
  end
  return string.format('%s (load %d of %d, free for %d s) %s.',
    sentence, agent.load, agent.capacity, math.floor((now - agent.free_since) / 1000), group_reason)
end

-- Each `choose_…` returns, by what it finds:
--   a choice  {agent, group, because, candidates}
--   a wait    {lines = groups to wait in, group = the first of them with somebody online, overflow_in = ms or nil}
--   nil       nobody is online in an open group: there is nothing to wait for
local function choose_in_order(plan, waited, candidates, excluded)
  local lines, first_busy, patience = {}, nil, waited
  for place, group in ipairs(plan.groups) do
    -- A group that is skipped is a line all the same: whoever comes online there may help.
    lines[place] = group.id
    local free, online = survey(group, candidates, excluded)
    if #free > 0 then
      local agent = best_of(free, plan.agent_choice)
      local reason = string.format('in group %d of %d, in order', place, #plan.groups)
      return {agent = agent.id, group = group.id, because = why(agent, #free, plan, reason)}
    end
    if online then
      first_busy = first_busy or group.id
      local overflow_after = given(group.overflow_after)
      if not overflow_after then return {lines = lines, group = first_busy} end
      patience = patience - overflow_after
      if patience < 0 then return {lines = lines, group = first_busy, overflow_in = -patience} end
    end
  end
  return first_busy and {lines = lines, group = first_busy}
end

local function choose_all_together(plan, candidates, excluded)
  local lines, first_busy, free, group_of = {}, nil, {}, {}
  for place, group in ipairs(plan.groups) do
    lines[place] = group.id
    local free_here, online = survey(group, candidates, excluded)
    if online then first_busy = first_busy or group.id end
    for _, agent in ipairs(free_here) do
      if not group_of[agent.id] then
        group_of[agent.id] = group.id
        free[#free + 1] = agent
      end
    end
  end
  local agent = best_of(free, plan.agent_choice)
  if agent then
    local because = why(agent, #free, plan, string.format('in %d groups together', #plan.groups))
    return {agent = agent.id, group = group_of[agent.id], because = because}
  end
  return first_busy and {lines = lines, group = first_busy}
end

local function choose_by_shares(plan, candidates, excluded)
  local counted = fields_of(redis.call('HGETALL', key('shares', plan.routing_rule .. ':' .. plan.day)))
  local total = 0
  for _, group in ipairs(plan.groups) do total = total + tonumber(counted[group.id] or 0) end
  local lines, first_busy, best = {}, nil, nil
  for place, group in ipairs(plan.groups) do
    lines[place] = group.id
    local free, online = survey(group, candidates, excluded)
    if online then first_busy = first_busy or group.id end
    if #free > 0 then
      local count = tonumber(counted[group.id] or 0)
      local behind = group.share * math.max(total, 1) - 100 * count  -- whole numbers: no rounding
      if not best or behind > best.behind then best = {behind = behind, count = count, group = group, free = free} end
    end
  end
  if best then
    local agent = best_of(best.free, plan.agent_choice)
    local reason = string.format('in the group furthest below its share: %d of %d today, %d %% wanted',
      best.count, total, best.group.share)
    return {agent = agent.id, group = best.group.id, because = why(agent, #best.free, plan, reason)}
  end
  return first_busy and {lines = lines, group = first_busy}
end

-- Who had the conversation before goes first of all, while she is free in an open group of the plan.
local function choose_preferred(plan, conversation)
  local id = conversation.preferred
  if not id or contains(conversation.excluded, id) or not is_free(presence(id)) then return nil end
  local agent = presence(id)
  for _, group in ipairs(plan.groups) do
    if group.is_open and contains(group.members, id) then
      return {
        agent = id, group = group.id, is_preferred = true,
        because = string.format('Had this conversation before (load %d of %d).', agent.load, agent.capacity),
        candidates = {[id] = {
          stands = 'free', load = agent.load, capacity = agent.capacity, free_since = agent.free_since,
        }},
      }
    end
  end
end

local function choose(plan, waited, conversation)
  local found = choose_preferred(plan, conversation)
  if found then return found end
  local candidates, excluded = {}, conversation.excluded
  if plan.mode == 'in_order' then
    found = choose_in_order(plan, waited, candidates, excluded)
  elseif plan.mode == 'all_together' then
    found = choose_all_together(plan, candidates, excluded)
  else
    found = choose_by_shares(plan, candidates, excluded)
  end
  if found then found.candidates = candidates end
  return found
end

-- Why nobody could answer, at the moment when a wait ends (A8).
local function cause_under(plan)
  for _, group in ipairs(plan and plan.groups or {}) do
    local _, online = survey(group, {})
    if online then return 'busy' end
  end
  return 'absent'
end
