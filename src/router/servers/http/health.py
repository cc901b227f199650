"""Is the process alive, may it be sent visitors, and how is it doing: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable, Sequence

from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from router.engine.node import Node
from router.protocol.api import Liveness, Readiness
from router.servers.http.answers import json_answer
from router.servers.http.metrics import Metrics


class Health:
    """The three resources."""

    def __init__(
        self,
        node: Node,
        metrics: Metrics,
        store_answers: Callable[[], Awaitable[bool]],
        warnings: Sequence[str],
    ) -> None:
        """`warnings` are plain sentences on what the store may lose."""
        self._node = node
        self._metrics = metrics
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
            worker=self._node.worker,
            status="ready" if ready else "not ready",
            store="reachable" if store else "not reachable",
            draining=self._node.is_draining,
            warnings=self._warnings,
        )
        return json_answer(body, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format."""
        self._metrics.update(self._node.counters(), self._node.gauges())
        return Response(self._metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
