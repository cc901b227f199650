-- What a change leaves behind: facts for the reports, and news for every process. News are numbered, so that whoever
-- missed some can read them again.

local NEWS_KEPT = 20000  -- entries of the stream, about: many minutes of a busy site

local function write_facts()
  if #facts == 0 then return end
  redis.call('XADD', key('facts'), 'MAXLEN', '~', ARGV[2], '*', 'batch', cjson.encode(facts))
end

-- One entry of the stream for all the news of a change, and the same to those who listen. `prev` is the entry before:
-- whoever knows another one as the last has missed something.
local function publish_news()
  if #news == 0 then return end
  local batch = '[' .. table.concat(news, ',') .. ']'
  local id = redis.call('XADD', key('news_kept'), 'MAXLEN', '~', NEWS_KEPT, '*', 'batch', batch)
  local prev = redis.call('SET', key('news_last'), id, 'GET') or ''
  redis.call('PUBLISH', key('news'), string.format('{"prev":"%s","id":"%s","batch":', prev, id) .. batch .. '}')
end

-- News that are in no stream: whoever misses them reads what they tell, for it stands in the store.
local function pass(item)
  redis.call('PUBLISH', key('news'), '{"batch":[' .. cjson.encode(item) .. ']}')
end
