// json-rules-engine on the plain rules and facts of matching.py:
//   node json_rules_engine.js INPUT.json SECONDS
// prints {"microseconds": CPU time per event, "events": how many, "matches": [rule indexes of each of the first events]}.
const fs = require('fs')
const { Engine } = require('json-rules-engine')

const { rules, facts } = JSON.parse(fs.readFileSync(process.argv[2]))
const budget = Number(process.argv[3]) * 1e6 // microseconds

const some = (test) => (actual, values) => actual !== null && values.some((value) => test(actual, value))
const none = (test) => (actual, values) => actual === null || !values.some((value) => test(actual, value))
const contains = (actual, value) => actual.includes(value)
const is = (actual, value) => actual === value
const matches = (actual, value) => value.test(actual)
const operators = {
  contains: some(contains),
  does_not_contain: none(contains),
  starts_with: some((actual, value) => actual.startsWith(value)),
  ends_with: some((actual, value) => actual.endsWith(value)),
  is_exactly: some(is),
  is_not: none(is),
  matches_regex: some(matches),
  does_not_match_regex: none(matches),
  is_one_of: some(is),
  is_not_one_of: none(is),
  greater_than: some((actual, value) => actual > value),
  less_than: some((actual, value) => actual < value),
  equal_to: some((actual, [first, end]) => actual >= first && actual < end),
}

const engine = new Engine([], { allowUndefinedFacts: true })
for (const [name, operator] of Object.entries(operators)) engine.addOperator(name, operator)
rules.forEach((conditions, index) => {
  const all = conditions.map(([fact, operator, values]) => ({
    fact,
    operator,
    value: operator.includes('regex') ? values.map((value) => new RegExp(value, 'i')) : values,
  }))
  engine.addRule({ conditions: { all }, event: { type: 'match', params: { index } } })
})

async function run() {
  const found = []
  let events = 0
  let spent = 0
  const start = process.cpuUsage()
  while (spent < budget) {
    const { events: matched } = await engine.run(facts[events % facts.length])
    if (events < facts.length) found.push(matched.map((event) => event.params.index).sort((a, b) => a - b))
    events += 1
    const { user, system } = process.cpuUsage(start)
    spent = user + system
  }
  console.log(JSON.stringify({ microseconds: spent / events, events, matches: found }))
}
run()
