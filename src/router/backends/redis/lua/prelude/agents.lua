-- Who is there to answer, by leases and by what was chosen; and when a conversation is to be looked at, which follows
-- from how its agent stands.

local presences = {}  -- read once in a script, until something about the agent changes

-- Also with what only the store needs: `lost_at` (since when no socket of hers lives; nil while one does) and `away_at`
-- (since when she is not online by her status).
local function presence(id)
  if not presences[id] then
    local stored = redis.call('HMGET', key('agent', id), 'status', 'chosen_capacity', 'capacity', 'free_since',
      'away_because', 'away_at', 'lost_at', 'bot')
    local lease = tonumber(redis.call('ZSCORE', key('leases'), id) or 0)
    local connected = lease > now
    local away_because = stored[1] == 'online' and stored[5] or nil
    presences[id] = {
      id = id,
      status = away_because and 'away' or stored[1] or 'offline',
      away_because = away_because,
      bot = stored[8] == '1',
      capacity = tonumber(stored[2] or stored[3] or 0),
      free_since = tonumber(stored[4] or 0),
      load = redis.call('SCARD', key('holding', id)),
      connected = connected,
      lost_at = not connected and (lease > 0 and lease or tonumber(stored[7] or 0)) or nil,
      away_at = tonumber(stored[6] or 0),
    }
  end
  return presences[id]
end

-- The agent's shared state has just changed: read it anew, and tell everybody at the end.
local function touch(id)
  presences[id] = nil
  touched_agents[#touched_agents + 1] = id
end

-- The agent holds one conversation more, and is the last of the free ones.
local function give_place(id, conversation_id)
  local agent = presence(id)
  agent.load, agent.free_since = agent.load + 1, now
  redis.call('SADD', key('holding', id), conversation_id)
  redis.call('HSET', key('agent', id), 'free_since', now)
  touched_agents[#touched_agents + 1] = id
end

local function is_online(agent)
  return agent.connected and agent.status == 'online'
end

local function has_place(agent)
  return agent.load < agent.capacity
end

local function is_free(agent)
  return is_online(agent) and has_place(agent)
end

local function last_said_at(conversation)
  local last = redis.call('LINDEX', key('messages', conversation.id), -1)
  return last and cjson.decode(last).at or now  -- none: it is being put back (restore.lua), and they come after it
end

-- The next moment at which time alone changes something in the conversation, and what; nil when it has ended.
local function next_look(conversation)
  local at, what
  local function consider(moment, name)
    if not at or moment < at then at, what = moment, name end
  end
  if not is_open(conversation) then return nil end
  if conversation.visitor_gone_at then
    consider(conversation.visitor_gone_at + times.visitor_kept, 'visitor_gone')
  end
  if conversation.state == 'queued' then
    consider(conversation.next_try, 'try')
    return at, what
  end
  local holder = presence(conversation.agent)
  if holder.lost_at then
    local grace_ends = holder.lost_at + times.grace
    if not conversation.replied then
      consider(grace_ends, 'agent_lost')
    elseif conversation.told_lost then
      consider(grace_ends + times.answered_kept, 'agent_lost')
    else
      consider(grace_ends, 'tell_lost')
    end
  elseif not conversation.replied then
    consider(conversation.assigned_at + times.first_answer_within, 'no_answer')
  end
  if not conversation.replied then
    -- Who takes a conversation while she is away knows what she does.
    if holder.away_at > conversation.assigned_at then consider(holder.away_at + times.inactive_grace, 'agent_away') end
  elseif not conversation.idle then
    consider(last_said_at(conversation) + times.idle_after, 'idle')
  end
  return at, what
end

local function plan_next_look(conversation)
  local at = next_look(conversation)
  if at then
    redis.call('ZADD', key('due'), at, conversation.id)
  else
    redis.call('ZREM', key('due'), conversation.id)
  end
end

local function all_held(agent_id)
  return redis.call('SUNION', key('holding', agent_id), key('idle', agent_id))
end

-- The agent came, went or changed her status: other things become due in what she holds, and at other times.
local function look_at_held(agent_id)
  local is_back = presence(agent_id).connected
  for _, conversation in ipairs(find_all(all_held(agent_id))) do
    if is_back and conversation.told_lost then
      unset(conversation, {'told_lost'})
      tell_changed(conversation, agent_id, 'agent_back')
    end
    plan_next_look(conversation)
  end
end

local TOLD = {'status', 'away_because', 'capacity', 'load', 'connected', 'free_since'}

-- Change something of an agent, then see to what follows: since when she is free or away, and who is told.
local function change_agent(id, make_change)
  local before = presence(id)
  make_change()
  presences[id] = nil
  local after = presence(id)
  if is_free(after) and not is_free(before) then
    after.free_since = now  -- came online, or got a place back after being full
    redis.call('HSET', key('agent', id), 'free_since', now)
  end
  if after.status ~= before.status then
    after.away_at = after.status == 'online' and 0 or before.status == 'online' and now or before.away_at
    redis.call('HSET', key('agent', id), 'away_at', after.away_at)
  end
  if after.status ~= before.status or after.connected ~= before.connected then look_at_held(id) end
  for _, name in ipairs(TOLD) do
    if after[name] ~= before[name] then
      touched_agents[#touched_agents + 1] = id
      return
    end
  end
end

-- A proof of life of a socket, `age` ms ago.
local function keep_lease(agent_id, device, age)
  local expiry = now + times.lease - age
  if expiry <= now then return end
  local was_lost = presence(agent_id).lost_at
  redis.call('ZADD', key('devices', agent_id), 'GT', expiry, device)
  redis.call('ZADD', key('leases'), 'GT', expiry, agent_id)
  if was_lost then
    redis.call('HDEL', key('agent', agent_id), 'lost_at')
    if not presence(agent_id).bot then redis.call('ZADD', key('inactive_at'), now + times.inactive_after, agent_id) end
  end
end

-- No socket of the agent lives any more, since that instant.
local function lose(agent_id, at)
  redis.call('ZREM', key('leases'), agent_id)
  redis.call('DEL', key('devices', agent_id))
  redis.call('ZREM', key('inactive_at'), agent_id)
  redis.call('HSET', key('agent', agent_id), 'lost_at', at)
  touch(agent_id)
  look_at_held(agent_id)
end

-- These sockets of the agent are gone; the longest lease of the others remains.
local function drop_devices(agent_id, devices)
  if redis.call('ZREM', key('devices', agent_id), unpack(devices)) == 0 then return end
  local longest = redis.call('ZREVRANGE', key('devices', agent_id), 0, 0, 'WITHSCORES')
  if longest[1] and tonumber(longest[2]) > now then
    redis.call('ZADD', key('leases'), longest[2], agent_id)
  else
    lose(agent_id, now)
  end
end

-- The person did something: she is not away by inactivity, and the time until she is begins anew. Bots never are.
local function sign_of_life(agent_id)
  local stored = redis.call('HMGET', key('agent', agent_id), 'bot', 'away_because')
  if stored[1] == '1' then return end
  redis.call('ZADD', key('inactive_at'), now + times.inactive_after, agent_id)
  if stored[2] == 'inactive' then
    change_agent(agent_id, function() redis.call('HDEL', key('agent', agent_id), 'away_because') end)
  end
end

local function send_away(agent_id, because)
  if presence(agent_id).status ~= 'online' then return end
  change_agent(agent_id, function() redis.call('HSET', key('agent', agent_id), 'away_because', because) end)
end

-- A conversation passed the agent unanswered.
local function count_miss(agent_id)
  local misses = redis.call('HINCRBY', key('agent', agent_id), 'misses', 1)
  if misses >= times.misses_until_away then send_away(agent_id, 'missed') end
end
