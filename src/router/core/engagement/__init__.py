"""Whom to engage, when and how: rules, their criteria, the compiled ruleset, the gates, and the explanation."""
