-- The conversations of a visitor, the latest first: the one that is open, then those that ended; or one by its id.
-- KEYS[1] hash tag. ARGV[1] {visitor, before, limit} or {conversation}: with `before` only what ended before that instant.
-- ARGV[2] cap of the facts (unused: nothing changes).
-- Returns a list of {conversation, ended_at, score}, each as JSON. Refuses not_found, of one by its id.

local function as_record(conversation)
  return cjson.encode({
    conversation = shown(conversation), ended_at = conversation.closed_at, score = tonumber(conversation.score),
  })
end

if request.conversation then return {as_record(find_or_refuse(request.conversation))} end

local before, ids = given(request.before), {}
if not before then ids[1] = redis.call('GET', key('visitor_open', request.visitor)) or nil end
local latest = before and ('(' .. string.format('%.0f', before)) or '+inf'
local ended = redis.call('ZREVRANGEBYSCORE', key('earlier', request.visitor), latest, '-inf', 'LIMIT', 0, request.limit)
for _, id in ipairs(ended) do ids[#ids + 1] = id end

local records = {}
for i, conversation in ipairs(find_all(ids)) do records[i] = as_record(conversation) end
return records
