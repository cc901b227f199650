// Page events in, offers out, on Node: the same visitors and pages as our server gets.
//   node visitor_server.js ws|socket.io compiled|json-rules-engine RULES.json [STORE]
// prints its port. RULES.json: {"ids": [...], "rules": plain rules of matching.py, "facts": names of all facts}. With
// STORE, the path of a store's socket, every event is recorded there, some 20 ms of them in one entry.
//
// It does less than our server: what is fixed in a visit is told by the client (with the hello, or again with each
// page), no rule is capped or routed, nothing wakes up by time, and limits, tokens and malformed messages are not
// looked at.
const fs = require('fs')
const http = require('http')
const { compile } = require('./compiled_rules')
const { engineOf } = require('./engine_rules')

const [, , transport, matcher, file, store] = process.argv
const { ids, rules, facts: names } = JSON.parse(fs.readFileSync(file))
const engine = matcher === 'compiled' ? compile(rules) : engineOf(rules)
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

let clock = {}
function readClock() {
  const now = new Date()
  const quarter = Math.floor(now.getMinutes() / 15) * 15
  const two = (number) => String(number).padStart(2, '0')
  clock = { hour: `${two(now.getHours())}:${two(quarter)}`, weekday: WEEKDAYS[now.getDay()] }
}
readClock()
setInterval(readClock, 1000)

let record = () => {}
if (store !== undefined) {
  const redis = new (require('ioredis').Redis)(store)
  let events = []
  record = (event) => events.push(JSON.stringify(event))
  setInterval(() => {
    if (events.length === 0) return
    redis.xadd('events', 'MAXLEN', '~', '20000', '*', 'events', events.join('\n'))
    events = []
  }, 20)
}

const unknown = Object.fromEntries(names.map((name) => [name, null]))

class Visit {
  constructor(facts, send) {
    this.facts = { ...unknown, ...facts }
    this.send = send
    this.startedAt = Date.now()
    this.pages = 0
    this.shown = null
    this.pageData = []
  }

  async page({ url, data, facts: told }) {
    const previousUrl = this.facts.page_url
    if (told !== undefined) this.facts = { ...unknown, ...told }
    const facts = this.facts
    facts.previous_url = previousUrl
    facts.page_url = url.toLowerCase()
    facts.pages_viewed = ++this.pages
    facts.time_on_page = 0
    facts.time_on_site = Date.now() - this.startedAt
    facts.hour = clock.hour
    facts.weekday = clock.weekday
    for (const name of this.pageData) facts[name] = null
    this.pageData = []
    for (const name in data) this.pageData.push(`data.${name}`)
    for (const name in data) facts[`data.${name}`] = data[name]
    const found = engine.run(facts)
    const [winner] = matcher === 'compiled' ? found : await found
    const rule = winner === undefined ? null : ids[winner]
    record([url, data, rule])
    if (rule === this.shown) return
    if (this.shown !== null) this.send({ type: 'withdraw', engagement: this.shown, reason: 'replaced' })
    this.shown = rule
    if (rule !== null) this.send({ type: 'offer', engagement: rule, rule, action: 'button' })
  }
}

const server = http.createServer()
if (transport === 'ws') {
  const { WebSocketServer } = require('ws')
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    let visit = null
    socket.on('message', (text) => {
      const message = JSON.parse(text)
      if (message.type === 'page') {
        visit.page(message)
      } else {
        visit = new Visit(message.facts, (answer) => socket.send(JSON.stringify(answer)))
        socket.send(JSON.stringify({ type: 'welcome' }))
        visit.page(message.page)
      }
    })
  })
} else {
  const { Server } = require('socket.io')
  const options = { transports: ['websocket'], perMessageDeflate: false, pingInterval: 600_000 }
  new Server(server, options).on('connection', (socket) => {
    const { facts, page } = socket.handshake.auth
    const visit = new Visit(facts, (answer) => socket.emit(answer.type, answer))
    socket.on('page', (message) => visit.page(message))
    visit.page(page)
  })
}
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
