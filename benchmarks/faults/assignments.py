"""Who held what, folded from the facts: they stand in the stream in the order of the changes."""

from collections import Counter
from collections.abc import AsyncIterator

import msgspec


class Assignments(msgspec.Struct):
    """The holders, and how often an assignment broke a rule."""

    holders: dict[str, str] = {}
    """Agents by conversation."""
    loads: Counter[str] = msgspec.field(default_factory=Counter)
    assigned: int = 0
    double: int = 0
    """Given to somebody while somebody else held it."""
    over_capacity: int = 0
    without_cause: int = 0
    """Taken from, or closed by, somebody to whom no fact had given it."""


async def fold(facts: AsyncIterator[dict[str, object]], capacity: int) -> Assignments:
    """Play the facts of a site; `capacity` is that of every agent."""
    found = Assignments()
    async for fact in facts:
        kind, conversation, agent = fact["kind"], str(fact.get("conversation")), str(fact.get("agent"))
        if kind == "assigned":
            found.assigned += 1
            found.double += conversation in found.holders
            found.holders[conversation] = agent
            found.loads[agent] += 1
            found.over_capacity += found.loads[agent] > capacity
        elif kind == "unassigned" or (kind == "closed" and conversation in found.holders):
            holder = found.holders.pop(conversation, None)
            found.without_cause += holder != agent
            if holder is not None:
                found.loads[holder] -= 1
    return found
