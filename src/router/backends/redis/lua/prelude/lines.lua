-- The waiting lines of the groups: joining, leaving, and who is first (R7).

local LONGEST_POSITION_TOLD = 100  -- further back in a line nobody is told of every step: the cost would be quadratic

local function touch_lines(conversation)
  for _, group in ipairs(conversation.lines) do touched_lines[group] = true end
end

-- Wait in the lines of these groups too, until `next_try`, when the wait is looked at again.
local function join_lines(conversation, groups, next_try)
  local lines = conversation.lines
  for _, group in ipairs(groups) do
    if not contains(lines, group) then lines[#lines + 1] = group end
    redis.call('ZADD', key('waiting', group), line_score(conversation), line_member(conversation))
  end
  set(conversation, {lines = lines, next_try = next_try})
  plan_next_look(conversation)
  touch_lines(conversation)
end

local function leave_lines(conversation)
  touch_lines(conversation)
  for _, group in ipairs(conversation.lines) do
    redis.call('ZREM', key('waiting', group), line_member(conversation))
  end
end

local function goes_first(a, b)
  if a.score ~= b.score then return a.score < b.score end
  return comes_before(a.member, b.member)
end

-- The first in a group's line who may be given to this agent: she is passed over by those whom she let wait.
local function first_in(group, agent_id)
  local rank = 0
  while true do
    local entry = redis.call('ZRANGE', key('waiting', group), rank, rank, 'WITHSCORES')
    if not entry[1] then return nil end
    local stored = redis.call('HMGET', key('conversation', in_line(entry[1])), 'id', 'excluded')
    if not stored[1] then  -- dropped, as for `find_all`
      redis.call('ZREM', key('waiting', group), entry[1])
    elseif stored[2] and contains(cjson.decode(stored[2]), agent_id) then
      rank = rank + 1
    else
      return {member = entry[1], score = tonumber(entry[2]), group = group}
    end
  end
end

-- Of those who wait in these groups and had this agent before, the first.
local function first_preferring(agent_id, groups)
  local first
  for _, conversation in ipairs(find_all(redis.call('SMEMBERS', key('preferring', agent_id)))) do
    for _, group in ipairs(groups) do
      local member = line_member(conversation)
      local score = redis.call('ZSCORE', key('waiting', group), member)
      local waits = {member = member, score = tonumber(score), group = group, is_preferred = true}
      if score and (not first or goes_first(waits, first)) then first = waits end
    end
  end
  return first
end

local function first_of(agent_id, groups)
  local first = first_preferring(agent_id, groups)
  if first then return first end
  for _, group in ipairs(groups) do
    local head = first_in(group, agent_id)
    if head and (not first or goes_first(head, first)) then first = head end
  end
  return first
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
