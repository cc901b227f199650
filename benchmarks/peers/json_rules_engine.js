// json-rules-engine on the plain rules and facts of matching.py:
//   node json_rules_engine.js INPUT.json SECONDS
// prints {"microseconds": CPU time per event, "events": how many, "matches": [rule indexes of each of the first events]}.
const fs = require('fs')
const { engineOf } = require('./engine_rules')

const { rules, facts } = JSON.parse(fs.readFileSync(process.argv[2]))
const budget = Number(process.argv[3]) * 1e6 // microseconds

async function run() {
  const engine = engineOf(rules)
  const found = []
  let events = 0
  let spent = 0
  const start = process.cpuUsage()
  while (spent < budget) {
    const matched = await engine.run(facts[events % facts.length])
    if (events < facts.length) found.push(matched)
    events += 1
    const { user, system } = process.cpuUsage(start)
    spent = user + system
  }
  console.log(JSON.stringify({ microseconds: spent / events, events, matches: found }))
}
run()
