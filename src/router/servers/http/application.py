"""The HTTP application: which path is which resource, and how errors are answered."""

from collections.abc import Callable, Sequence

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from router.ports import StoreUnavailable
from router.protocol.asyncapi import asyncapi_document
from router.protocol.openapi import openapi_document
from router.servers.http.answers import Problem, problem_answer
from router.servers.http.assets import Assets
from router.servers.http.conversations import ConversationResource
from router.servers.http.documents import VERSION, document_resource
from router.servers.http.explain import Explain
from router.servers.http.health import Health
from router.servers.http.sessions import SessionResource
from router.servers.http.tickets import Tickets
from router.servers.sockets.agent import AgentEndpoint

log = structlog.get_logger(__name__)


def make_application(
    health: Health,
    sessions: SessionResource,
    tickets: Tickets,
    conversations: ConversationResource,
    explain: Explain,
    agents: AgentEndpoint,
    more_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """Put the resources on their paths, and beside them those of somebody else, as of the demo."""
    routes: list[BaseRoute] = [
        Route("/healthz", health.live),
        Route("/readyz", health.ready),
        Route("/metrics", health.metrics),
        Route("/api/v1/sessions", sessions.begin, methods=["POST"]),
        Route("/api/v1/sessions/current", sessions.show),
        Route("/api/v1/sessions/current", sessions.end, methods=["DELETE"]),
        Route("/api/v1/sessions/current/password", sessions.change_password, methods=["POST"]),
        Route("/api/v1/agent-tickets", tickets.create, methods=["POST"]),
        Route("/api/v1/conversations", conversations.list),
        Route("/api/v1/conversations/{id}", conversations.show),
        Route("/api/v1/explain", explain.show),
        Route("/api/openapi.json", document_resource(openapi_document(VERSION))),
        Route("/api/asyncapi.json", document_resource(asyncapi_document(VERSION))),
        WebSocketRoute("/ws/agent", agents.__call__),
        *Assets().routes(),
        *more_routes,
    ]
    return Starlette(
        routes=routes,
        exception_handlers={
            Problem: _problem,
            HTTPException: _http_exception,
            StoreUnavailable: _store_unavailable,
            Exception: _unexpected,
        },
    )


ExceptionHandler = Callable[[Request, Exception], Response]


def _problem(request: Request, error: Exception) -> Response:
    return problem_answer(error if isinstance(error, Problem) else Problem(500, "an error of ours"))


def _http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return problem_answer(Problem(error.status_code, error.detail))
    return problem_answer(Problem(500, "an error of ours"))


def _store_unavailable(request: Request, error: Exception) -> Response:
    return problem_answer(Problem(503, "the store does not answer: try again in a moment"))


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("a request failed", path=request.url.path, exc_info=error)
    return problem_answer(Problem(500, "an error of ours: it was logged"))
