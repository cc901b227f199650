"""The words that every other part shares: ids, values, operators, effects and facts."""
