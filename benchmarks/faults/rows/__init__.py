"""One file a row of the table: `LONG` and `SHORT` say how much of it, `measure` breaks something and counts."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec

from benchmarks.faults.figures import Figure
from benchmarks.faults.rows import (
    assignment,
    crash_in_the_middle,
    crashed_agents,
    freed_agent,
    herd,
    mixed_writers,
    resume,
    slow_readers,
    store_cut,
    store_killed,
    strangers,
    workers_killed,
)


class Row(msgspec.Struct, frozen=True):
    """A row: its two forms, and what runs them."""

    long: Any
    short: Any
    measure: Callable[[Any], Coroutine[Any, Any, list[Figure]]]


_MODULES = (
    resume,
    assignment,
    mixed_writers,
    crash_in_the_middle,
    crashed_agents,
    freed_agent,
    store_killed,
    store_cut,
    workers_killed,
    herd,
    slow_readers,
    strangers,
)

ROWS: Mapping[str, Row] = {
    module.__name__.rpartition(".")[2]: Row(module.LONG, module.SHORT, module.measure) for module in _MODULES
}
"""By name, in the order of the table."""
