"""What Prometheus reads: figures of this process, or of all that share a directory, added up.

With several processes on one port a scrape reaches any of them. The client library then keeps each process's figures
in files of that directory, and those of processes that ended count on.
"""

from collections import Counter as Counted
from collections.abc import Mapping, Sequence
from operator import attrgetter

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from router.core.vocabulary.facts import Fact

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the client library knows the directory; it must be set before the process starts."""


_KIND = attrgetter("kind")


class Metrics:
    """The counters and gauges, each named `router_…`."""

    def __init__(self, shared_directory: str | None) -> None:
        """None when no other process shares the port."""
        self._registry = CollectorRegistry()
        self._shared_directory = shared_directory
        self._facts = Counter("router_facts", "Facts of visits, by kind.", ["kind"], registry=self._registry)
        self._counters: dict[str, Counter] = {}
        self._counted: dict[str, int] = {}
        self._gauges: dict[str, Gauge] = {}

    def count(self, facts: Sequence[Fact]) -> None:
        """Count facts; many at a time, for the library's counters are slow."""
        for kind, number in Counted(map(_KIND, facts)).items():
            self._facts.labels(kind).inc(number)

    def update(self, counters: Mapping[str, int], gauges: Mapping[str, float]) -> None:
        """Take the present figures of this process; counters only grow."""
        for name, value in counters.items():
            counter = self._counters.get(name)
            if counter is None:
                words = name.replace("_", " ").capitalize()
                counter = self._counters[name] = Counter(f"router_{name}", f"{words}.", registry=self._registry)
            counter.inc(value - self._counted.get(name, 0))
            self._counted[name] = value
        for name, figure in gauges.items():
            gauge = self._gauges.get(name)
            if gauge is None:
                words = name.replace("_", " ").capitalize()
                gauge = self._gauges[name] = Gauge(
                    f"router_{name}", f"{words}, now.", registry=self._registry, multiprocess_mode="livesum"
                )
            gauge.set(figure)

    def exposition(self) -> bytes:
        """Prometheus' text format."""
        if self._shared_directory is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, self._shared_directory)  # type: ignore[no-untyped-call]  # it registers itself
        return generate_latest(together)
