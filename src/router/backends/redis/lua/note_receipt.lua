-- Note how far the visitor, or the agent who holds it, has received or read a conversation: never backwards, and never
-- beyond its last message.
-- KEYS[1] hash tag. ARGV[1] {conversation, agent, what, seq, source}. ARGV[2] cap of the facts.

local agent = given(request.agent)
local side = agent and 'agent' or 'visitor'
local field = side .. '_' .. request.what
local hash = key('conversation', request.conversation)
local visitor, holder, before = unpack(redis.call('HMGET', hash, 'visitor', 'agent', field))
local seq = math.min(request.seq, redis.call('LLEN', key('messages', request.conversation)))
if visitor and (not agent or agent == holder) and seq > tonumber(before or 0) then
  redis.call('HSET', hash, field, seq)
  pass({
    news = 'receipt', conversation = request.conversation, visitor = visitor, by = side, what = request.what, seq = seq,
    agent = agent, source = request.source,
  })
end
