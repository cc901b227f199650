"""Is the process alive, may it be sent visitors, and how is it doing: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from router.core.vocabulary.facts import Fact
from router.engine.node import Node
from router.protocol.api import Liveness, Readiness
from router.servers.http.answers import json_answer


class Health:
    """The three resources."""

    def __init__(
        self,
        node: Node,
        registry: CollectorRegistry,
        store_answers: Callable[[], Awaitable[bool]],
        warnings: Sequence[str],
    ) -> None:
        """`warnings` are plain sentences on what the store may lose."""
        self._node = node
        self._registry = registry
        self._store_answers = store_answers
        self._warnings = list(warnings)

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return json_answer(Liveness(status="ok", worker=self._node.worker))

    async def ready(self, request: Request) -> Response:
        """The store is reachable and the process is not draining; else 503."""
        store = await self._store_answers()
        ready = store and not self._node.is_draining
        body = Readiness(
            status="ready" if ready else "not ready",
            store="reachable" if store else "not reachable",
            draining=self._node.is_draining,
            warnings=self._warnings,
        )
        return json_answer(body, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class FactCounter:
    """Counts the facts of visits by kind."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter("router_facts", "Facts of visits, by kind.", ["kind"], registry=registry)

    def __call__(self, fact: Fact) -> None:
        """Count one."""
        self._counter.labels(fact.kind).inc()


class NodeCollector(Collector):
    """Reads the figures of the node when it is asked, so that the hot path only adds integers."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterable[Metric]:
        """The gauges and counters of the moment."""
        for name, value in self._node.gauges().items():
            yield GaugeMetricFamily(f"router_{name}", name.replace("_", " "), value=value)
        for name, value in self._node.counters().items():
            yield CounterMetricFamily(f"router_{name}", name.replace("_", " "), value=value)
