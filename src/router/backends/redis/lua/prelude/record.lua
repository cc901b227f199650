-- Put in front of every script: the store's clock, keys, conversations as tables, and what a change leaves behind
-- (facts and news). LIFECYCLE, the transition table of core/conversations/lifecycle.py, is put before this.
--
-- Every script takes KEYS[1] = the site's hash tag, ARGV[1] = its request as JSON, ARGV[2] = the most entries that the
-- stream of facts keeps, ARGV[3] = core/routing/times.py as JSON. All keys are made of the hash tag, so that a script
-- stays in one slot of a cluster; their list stands in keys.py.

local site = KEYS[1]
local request = cjson.decode(ARGV[1])
local times = cjson.decode(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local DAY_MS = 86400000
local HISTORY_KEPT_MS = 396 * DAY_MS  -- 13 months

local function key(kind, id)
  return site .. ':' .. kind .. (id and (':' .. id) or '')
end

-- JSON null arrives as a value of its own, which Lua takes for true.
local function given(value)
  if value ~= cjson.null then return value end
end

local function refuse(code)
  error({err = 'REFUSED ' .. code})
end

-- Facts and news of this change, in order; `commit` writes them out at the end of the script.
local facts, news = {}, {}
local touched_agents, touched_lines = {}, {}

local function tell(item)
  news[#news + 1] = cjson.encode(item)
end

-- `mark` tells apart two facts of one kind in a conversation: its version, or a message's seq. Ids are thus the same
-- whoever reads them, and whenever.
local function record(kind, conversation, mark, more)
  local fact = {
    id = conversation.id .. ':' .. mark .. ':' .. kind, at = now, kind = kind,
    visit = conversation.visit, visitor = conversation.visitor, rule = conversation.rule,
    campaign = conversation.campaign, conversation = conversation.id,
    agent = conversation.agent, group = conversation.group,
  }
  for name, value in pairs(more or {}) do fact[name] = value end
  facts[#facts + 1] = fact
end

-- Conversations: a hash each. `SHOWN`, `FLAGS` ('1' or absent) and `RECEIPTS` are fields of core/conversations; what
-- else the hash has is the store's own: routing_rule and day (of the plan that it went by last), lines (the groups it
-- waits or waited in), queued_at (since when it waits this time), next_try (when the wait is looked at again),
-- told_position, assigned_at, was_held ('1': it had an agent once), told_lost ('1': the visitor knows that the agent
-- lost the connection), served_by (the worker that owns the visit), closed_at, score.
local NUMBERS = {
  'version', 'opened_at', 'priority', 'waiting_since', 'queued_at', 'next_try', 'assigned_at', 'visitor_gone_at',
  'closed_at',
}
local SHOWN = {
  'id', 'visitor', 'visit', 'rule', 'campaign', 'state', 'version', 'generation', 'opened_at', 'agent', 'group',
  'assigned_because', 'card', 'priority', 'waiting_since', 'target', 'excluded', 'preferred', 'visitor_gone_at',
}
local FLAGS = {'answered', 'replied', 'head', 'idle'}
-- Seqs, which mean nothing once messages are numbered anew: restore.lua does not put them back.
local RECEIPTS = {'visitor_received', 'visitor_read', 'agent_received', 'agent_read'}

local function fields_of(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function find(id)
  local flat = redis.call('HGETALL', key('conversation', id))
  if #flat == 0 then return nil end
  local conversation = fields_of(flat)
  for _, name in ipairs(NUMBERS) do conversation[name] = tonumber(conversation[name]) end
  for _, name in ipairs(RECEIPTS) do conversation[name] = tonumber(conversation[name]) end
  conversation.lines = cjson.decode(conversation.lines)
  conversation.excluded = conversation.excluded and cjson.decode(conversation.excluded)
  return conversation
end

-- Those that are there: a store that drops keys when it is full (examination.py warns of it) may have dropped some.
local function find_all(ids)
  local found = {}
  for _, id in ipairs(ids) do found[#found + 1] = find(id) end
  return found
end

local function find_or_refuse(id)
  return find(id) or refuse('not_found')
end

local function set(conversation, fields)
  local flat = {}
  for name, value in pairs(fields) do
    conversation[name] = value
    flat[#flat + 1] = name
    flat[#flat + 1] = type(value) == 'table' and cjson.encode(value) or value
  end
  redis.call('HSET', key('conversation', conversation.id), unpack(flat))
end

local function unset(conversation, names)
  redis.call('HDEL', key('conversation', conversation.id), unpack(names))
  for _, name in ipairs(names) do conversation[name] = nil end
end

-- The living process that owns a visitor's visit; nil when there is none.
local function owner_of(visitor)
  local owner = redis.call('GET', key('owner', visitor))
  local lease_end = owner and redis.call('ZSCORE', key('workers'), owner)
  return lease_end and tonumber(lease_end) > 0 and owner or nil
end

-- The conversation goes with that process: if it dies, the visitor is gone (bury.lua).
local function serve_from(conversation, worker)
  local before = conversation.served_by
  if not worker or before == worker then return end
  if before then redis.call('SREM', key('served_by', before), conversation.id) end
  redis.call('SADD', key('served_by', worker), conversation.id)
  set(conversation, {served_by = worker})
end

-- Move along the lifecycle; `fields` are stored with the new state and version.
local function change(conversation, event, fields)
  local state = LIFECYCLE[conversation.state or 'new'][event]
  if not state then
    error({err = 'INVALID a conversation that is ' .. (conversation.state or 'new') .. ' does not ' .. event})
  end
  fields.state = state
  fields.version = conversation.version + 1
  set(conversation, fields)
end

local function is_open(conversation)
  return conversation.state == 'queued' or conversation.state == 'assigned'
end

-- Waiting lines: one sorted set a group. The score is the priority, or -1 at the head; members of one score sort as
-- text, by the original time (13 digits until the year 2286) and then by id. This is `place_in_line` of the core.
local function line_member(conversation)
  return string.format('%013d:%s', conversation.waiting_since, conversation.id)
end

local function line_score(conversation)
  return conversation.head and -1 or conversation.priority
end

local function in_line(member)
  return string.sub(member, 15)
end

local function position(conversation)
  if conversation.state ~= 'queued' then return nil end
  local rank = redis.call('ZRANK', key('waiting', conversation.group), line_member(conversation))
  return rank and rank + 1
end

-- What the store holds began at this instant, in hexadecimal. A store that lost something gets a later one
-- (restore.lua), and with it all conversations: their clients begin to count messages anew.
local generation

local function site_generation()
  if not generation then
    generation = redis.call('GET', key('generation'))
    if not generation then
      generation = string.format('%x', now)
      redis.call('SET', key('generation'), generation)
    end
  end
  return generation
end

-- The last seq of those that the visitor sees: notes that follow it are not hers.
local function visible_seq(messages, last_seq)
  for seq = last_seq, 1, -1 do
    if not cjson.decode(redis.call('LINDEX', messages, seq - 1)).note then return seq end
  end
  return 0
end

local function shown(conversation)
  local view, messages = {}, key('messages', conversation.id)
  for _, name in ipairs(FLAGS) do view[name] = conversation[name] == '1' or nil end
  for _, name in ipairs(SHOWN) do view[name] = conversation[name] end
  for _, name in ipairs(RECEIPTS) do view[name] = conversation[name] end
  view.last_seq = redis.call('LLEN', messages)
  view.visible_seq = visible_seq(messages, view.last_seq)
  view.position = position(conversation)
  view.generation = conversation.generation .. '.' .. site_generation()
  return view
end

local function tell_changed(conversation, before, reason)
  tell({news = 'conversation', conversation = shown(conversation), before = before, reason = reason})
end

-- Messages: a list a conversation, so that a message's seq is its place in the list.
local function said_key(conversation, sender, sender_id, client_msg_id)
  -- A visitor repeats a message without knowing which conversation it went to; an agent names the conversation.
  local scope = sender == 'visitor' and sender_id or (conversation .. ':' .. sender_id)
  return key('said', sender .. ':' .. scope .. ':' .. client_msg_id)
end

-- What was stored for this message before, as {conversation, seq, repeated}; nil for a new one.
local function said_before(conversation, sender, sender_id, client_msg_id)
  local said = redis.call('GET', said_key(conversation, sender, sender_id, client_msg_id))
  if not said then return nil end
  local seq, id = string.match(said, '^(%d+) (.*)$')
  return {conversation = id, seq = tonumber(seq), repeated = true}
end

-- `message`: sender, sender_id, text, client_msg_id?, name?, note?
local function store(conversation, message)
  local seq = redis.call('LLEN', key('messages', conversation.id)) + 1
  local is_note = message.note == true
  local stored = {
    seq = seq, sender = message.sender, text = message.text, at = message.at or now,
    client_msg_id = message.client_msg_id, name = given(message.name), note = is_note or nil,
  }
  if message.sender == 'agent' or message.sender == 'bot' then stored.agent = message.sender_id end
  redis.call('RPUSH', key('messages', conversation.id), cjson.encode(stored))
  if message.client_msg_id then
    local said = said_key(conversation.id, message.sender, message.sender_id, message.client_msg_id)
    redis.call('SET', said, seq .. ' ' .. conversation.id, 'PX', DAY_MS)
  end
  if not is_note then record('message', conversation, 'm' .. seq, {by = message.sender, seq = seq}) end
  tell({
    news = 'message', conversation = conversation.id, visitor = conversation.visitor, visit = conversation.visit,
    agent = conversation.agent or cjson.null, message = stored,
  })
  return {conversation = conversation.id, seq = seq, repeated = false}
end
