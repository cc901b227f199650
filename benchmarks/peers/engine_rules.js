// The plain rules of matching.py for json-rules-engine: `engineOf(rules).run(facts)` tells the rules that hold.
const { Engine } = require('json-rules-engine')

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

exports.engineOf = (rules) => {
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
  return {
    // Indexes of the rules that hold, in their order.
    run: async (facts) => {
      const { events } = await engine.run(facts)
      return events.map((event) => event.params.index).sort((a, b) => a - b)
    },
  }
}
