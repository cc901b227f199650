"""Is the process alive, may it be sent visitors, and how is it doing: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable

from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from router.engine.node import Node
from router.ports import StoreUnavailable
from router.protocol.api import Liveness, Readiness
from router.servers.http.answers import json_answer
from router.servers.http.metrics import Metrics


class Health:
    """The three resources."""

    def __init__(
        self,
        node: Node,
        metrics: Metrics,
        check_store: Callable[[], Awaitable[list[str]]],
    ) -> None:
        """`check_store` gives plain sentences on what the store may lose, or raises StoreUnavailable."""
        self._node = node
        self._metrics = metrics
        self._check_store = check_store

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return json_answer(Liveness(status="ok", worker=self._node.worker))

    async def ready(self, request: Request) -> Response:
        """The store is reachable and the process is not draining; else 503."""
        try:
            warnings, reachable = await self._check_store(), True
        except StoreUnavailable as error:
            warnings, reachable = [str(error)], False
        ready = reachable and not self._node.is_draining
        body = Readiness(
            worker=self._node.worker,
            status="ready" if ready else "not ready",
            store="reachable" if reachable else "not reachable",
            draining=self._node.is_draining,
            warnings=warnings,
        )
        return json_answer(body, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format."""
        self._metrics.update(self._node.counters(), self._node.gauges())
        return Response(self._metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
