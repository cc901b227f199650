"""What is left of a world when it is over, in a form that another process can be told."""

import msgspec

from tests.worlds.trace import LINES_KEPT
from tests.worlds.world import World


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a world ended."""

    seed: int
    violation: str | None
    digest: str
    lines: int
    tail: list[str]


def run_world(seed: int) -> Outcome:
    """Let a world happen."""
    world = World(seed)
    world.run()
    violation = world.violation
    return Outcome(
        seed=seed,
        violation=None if violation is None else f"{type(violation).__name__}: {violation}",
        digest=world.trace.digest,
        lines=world.trace.lines,
        tail=world.trace.tail(LINES_KEPT),
    )
