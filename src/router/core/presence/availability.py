"""Whether a group can answer now: free, busy or absent (A8)."""

from collections.abc import Iterable
from enum import IntEnum

from router.core.presence.agent import AgentPresence


class Availability(IntEnum):
    """Ordered, so that the best of several groups is their maximum."""

    ABSENT = 0
    """Nobody of the group is connected and online, or the group is closed."""
    BUSY = 1
    """At least one is online, all are full."""
    FREE = 2


def availability_of(members: Iterable[AgentPresence], *, is_open: bool) -> Availability:
    """The availability of a group with these members. A closed group is absent, whoever is online."""
    if not is_open:
        return Availability.ABSENT
    best = Availability.ABSENT
    for member in members:
        if member.free:
            return Availability.FREE
        if member.online:
            best = Availability.BUSY
    return best
