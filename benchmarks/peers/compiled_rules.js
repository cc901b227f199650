// The plain rules of matching.py as JavaScript source, compiled by `new Function`: what an able team would write by hand.
const CHEAP_FIRST = ['greater_than', 'less_than', 'equal_to', 'is_one_of', 'is_not_one_of', 'is_exactly', 'is_not']
const cost = ([, operator]) => {
  if (CHEAP_FIRST.includes(operator)) return 0
  return operator.includes('regex') ? 2 : 1
}

const tests = {
  contains: (actual, value) => `${actual}.includes(${value})`,
  starts_with: (actual, value) => `${actual}.startsWith(${value})`,
  ends_with: (actual, value) => `${actual}.endsWith(${value})`,
  is_exactly: (actual, value) => `${actual} === ${value}`,
  greater_than: (actual, value) => `${actual} > ${value}`,
  less_than: (actual, value) => `${actual} < ${value}`,
  is_one_of: (actual, value) => `${actual} === ${value}`,
}
const positiveOf = { does_not_contain: 'contains', is_not: 'is_exactly', is_not_one_of: 'is_one_of' }

const RULES_A_FUNCTION = 100 // V8 does not optimize a function of all rules at once

exports.compile = (rules) => {
  const regexes = []
  const source = ([fact, operator, values]) => {
    const actual = `f[${JSON.stringify(fact)}]`
    const test = (value) => {
      if (operator.includes('regex')) return `x[${regexes.push(new RegExp(value, 'i')) - 1}].test(${actual})`
      if (operator === 'equal_to') return `(${actual} >= ${value[0]} && ${actual} < ${value[1]})`
      return tests[positiveOf[operator] || operator](actual, JSON.stringify(value))
    }
    const any = values.map(test).join(' || ')
    const negative = operator in positiveOf || operator === 'does_not_match_regex'
    return negative ? `(${actual} === null || !(${any}))` : `(${actual} !== null && (${any}))`
  }
  const parts = []
  for (let start = 0; start < rules.length; start += RULES_A_FUNCTION) {
    const lines = rules.slice(start, start + RULES_A_FUNCTION).map((conditions, offset) => {
      const cheapFirst = [...conditions].sort((a, b) => cost(a) - cost(b))
      return `if (${cheapFirst.map(source).join(' && ')}) found.push(${start + offset})`
    })
    parts.push(lines.join('\n'))
  }
  const functions = parts.map((part) => new Function('x', `return (f, found) => {\n${part}\n}`)(regexes))
  return {
    // Indexes of the rules that hold, in their order.
    run: (facts) => {
      const found = []
      for (const part of functions) part(facts, found)
      return found
    },
  }
}
