-- Who holds what: an agent's places are given, freed, and given to those who wait.

-- The conversation is the agent's now. `found`: agent, group, because, and candidates where there was a choice.
local function hold(conversation, event, found)
  if conversation.preferred then redis.call('SREM', key('preferring', conversation.preferred), conversation.id) end
  if conversation.preferred or conversation.head then unset(conversation, {'preferred', 'head'}) end
  give_place(found.agent, conversation.id)
  change(conversation, event, {
    agent = found.agent, group = found.group, assigned_because = found.because, assigned_at = now, was_held = '1',
  })
  record('assigned', conversation, conversation.version, {because = found.because, candidates = found.candidates})
  plan_next_look(conversation)
  tell_changed(conversation, conversation.lost_by, conversation.lost_because)
end

-- Give a new or waiting conversation to the agent whom `choose` found, or who has a place for whoever waits.
local function seat(conversation, found)
  leave_lines(conversation)
  local shares = key('shares', conversation.routing_rule .. ':' .. conversation.day)
  redis.call('HINCRBY', shares, found.group, 1)
  redis.call('PEXPIRE', shares, 2 * DAY_MS)
  hold(conversation, 'assign', found)
end

local function free_place(conversation)
  change_agent(conversation.agent, function()
    redis.call('SREM', key('holding', conversation.agent), conversation.id)
    redis.call('SREM', key('idle', conversation.agent), conversation.id)
  end)
end

-- Take the conversation from its agent. Both sides are told by the news of what becomes of it, which a change of state
-- or holder has to follow: this fact has the version of that.
local function release(conversation, reason)
  free_place(conversation)
  record('unassigned', conversation, conversation.version + 1, {reason = reason})
  conversation.lost_by, conversation.lost_because = conversation.agent, reason
  unset(conversation, {'agent', 'assigned_because', 'assigned_at', 'replied', 'idle', 'told_lost'})
end

-- Give the conversation, whoever holds it or wherever it waits, to an agent by name.
local function hand_over(conversation, event, reason, found)
  found.group = conversation.group
  if conversation.agent then
    release(conversation, reason)
  else
    leave_lines(conversation)
    conversation.lost_because = reason
  end
  if conversation.excluded then unset(conversation, {'excluded'}) end
  hold(conversation, event, found)
end

-- Give one free place of the agent to whoever waits longest in the lines of these groups, first to whom she had before.
-- Returns whether there was a place and somebody for it.
local function serve_one(agent_id, groups)
  local agent = presence(agent_id)
  local first = is_free(agent) and first_of(agent_id, groups)
  if not first then return false end
  local conversation = find(in_line(first.member))
  local sentence = first.is_preferred
    and 'Had this conversation before, and has a free place again (load %d of %d), after a wait of %d s.'
    or 'Had a free place (load %d of %d) when this was first in line, after waiting for %d s.'
  seat(conversation, {
    agent = agent_id, group = first.group,
    because = string.format(sentence, agent.load, agent.capacity, math.floor((now - conversation.queued_at) / 1000)),
    candidates = {[agent_id] = {
      stands = 'free', load = agent.load, capacity = agent.capacity, free_since = agent.free_since,
    }},
  })
  return true
end

local function serve(agent_id, groups)
  while serve_one(agent_id, groups) do end
end

-- Look for an agent. Whoever waits longer for the group that is found goes first, so a place may go to another; the
-- search then begins anew. Returns true when this conversation was seated, else what `choose` found last.
local function place(conversation, plan, waited)
  local own = {score = line_score(conversation), member = line_member(conversation)}
  while true do
    local found = choose(plan, waited, conversation)
    if not found or not found.agent then return false, found end
    local head = not found.is_preferred and first_in(found.group, found.agent)
    if not head or not goes_first(head, own) then
      seat(conversation, found)
      return true
    end
    serve_one(found.agent, {found.group})  -- one at a time: the next in line may be this conversation itself
  end
end
