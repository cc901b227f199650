-- Record how content the visitor is with a conversation of hers; only the first score counts (K1).
-- KEYS[1] hash tag. ARGV[1] {conversation, visitor, score, comment}. ARGV[2] cap of the facts.
-- Refuses not_found: somebody else's does not exist for her.

local conversation = find_or_refuse(request.conversation)
if conversation.visitor ~= request.visitor then refuse('not_found') end
if redis.call('HSETNX', key('conversation', conversation.id), 'score', request.score) == 1 then
  record('rated', conversation, 'r', {score = request.score, comment = given(request.comment)})
  tell({
    news = 'rated', conversation = conversation.id, agent = conversation.agent,
    score = request.score, comment = given(request.comment),
  })
  commit()
end
