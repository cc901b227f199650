-- What opening and reopening have in common: a visitor's message that begins nothing when it belongs to what is there.

local function message_of_visitor()
  return {
    sender = 'visitor', sender_id = request.visitor, client_msg_id = request.client_msg_id, text = request.text,
    name = request.name,
  }
end

local function opened(conversation, said)
  return cjson.encode({conversation = shown(conversation), said = said})
end

-- The answer to a message that was stored before, or goes to the conversation that the visitor has open; nil for another.
local function say_in_open(message)
  local before = said_before(nil, message.sender, message.sender_id, message.client_msg_id)
  local known = before and find(before.conversation)
  if known then return opened(known, before) end
  local id = redis.call('GET', key('visitor_open', message.sender_id))
  local conversation = id and find(id)
  if not conversation then return nil end
  local said = store(conversation, message)
  wake(conversation)
  commit()
  return opened(conversation, said)
end
