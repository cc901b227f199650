-- The open conversation of a visitor, the last closed one that she can still reopen, or those that an agent holds.
-- KEYS[1] hash tag. ARGV[1] {visitor}, {closed_of} (a visitor) or {agent}. ARGV[2] cap of the facts (unused: nothing changes).
-- Returns a list of conversations, each as JSON, the oldest first.

local ids
if request.visitor then
  ids = {redis.call('GET', key('visitor_open', request.visitor)) or nil}
elseif request.closed_of then
  ids = {redis.call('GET', key('visitor_last', request.closed_of)) or nil}
else
  ids = all_held(request.agent)
end
local held = find_all(ids)
table.sort(held, function(a, b) return comes_before(line_member(a), line_member(b)) end)
for i, conversation in ipairs(held) do held[i] = cjson.encode(shown(conversation)) end
return held
