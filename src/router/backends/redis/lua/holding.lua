-- The open conversation of a visitor, the last closed one that she can still reopen, those that an agent holds, or all
-- that are open.
-- KEYS[1] hash tag. ARGV[1] {visitor}, {closed_of} (a visitor), {agent} or {whole_site}. ARGV[2] cap of the facts (unused:
-- nothing changes).
-- Returns a list of conversations, each as JSON, the oldest first.

-- Those that are looked at again, and those that rest with their agents.
local function all_open()
  local ids, known = {}, {}
  local function add(some)
    for _, id in ipairs(some) do
      if not known[id] then ids[#ids + 1] = id end
      known[id] = true
    end
  end
  add(redis.call('ZRANGE', key('due'), 0, -1))
  for _, agent in ipairs(redis.call('SMEMBERS', key('agents'))) do add(all_held(agent)) end
  return ids
end

local ids
if request.visitor then
  ids = {redis.call('GET', key('visitor_open', request.visitor)) or nil}
elseif request.closed_of then
  ids = {redis.call('GET', key('visitor_last', request.closed_of)) or nil}
elseif request.whole_site then
  ids = all_open()
else
  ids = all_held(request.agent)
end
local held = find_all(ids)
table.sort(held, function(a, b) return comes_before(line_member(a), line_member(b)) end)
for i, conversation in ipairs(held) do held[i] = cjson.encode(shown(conversation)) end
return held
