"""The HTTP API: the bodies that its resources take and answer as structs, and the table of its operations.

The table is what the OpenAPI document is made from. What a resource does stands in the server.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from router.core.engagement.gate_explanation import RuleExplanation
from router.core.engagement.situation import Situation
from router.protocol.conversations import ConversationDetail, ConversationList
from router.protocol.people import LogIn, PasswordChange, SessionView, TicketAnswer, TicketRequest


class WrongField(msgspec.Struct, frozen=True):
    """A field of a request and what is wrong with it."""

    field: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong (RFC 9457), naming every wrong field."""

    type: str
    title: str
    status: int
    errors: list[WrongField] = []


class Liveness(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"]
    worker: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether visitors may be sent here; `warnings` are sentences on what the store may lose."""

    status: Literal["ready", "not ready"]
    worker: str
    store: Literal["reachable", "not reachable"]
    draining: bool
    warnings: list[str]


class VisitExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules see of a visit at an instant, and each rule's verdict, in order."""

    visit: str
    tab: str
    at: str
    situation: Situation
    rules: list[RuleExplanation]


class Parameter(NamedTuple):
    """A text in the query of a request, or in its path."""

    name: str
    description: str
    required: bool = False


class Answer(NamedTuple):
    """What a status means, and the shape of its body; None for no body."""

    description: str
    shape: Any
    media_type: str = "application/json"


Security = Literal["apiKey", "session"]
"""How a request says who asks."""

ANY_PERSON: tuple[Security, ...] = ("apiKey", "session")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A method of a path. `problems` are the statuses that it answers with `ProblemDetails`, besides 500 and 503.

    `security` are the ways to say who asks, each enough; none where everybody may.
    """

    id: str
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "GET"
    path: str
    summary: str
    places: tuple[Parameter, ...] = ()
    """The `{…}` of the path."""
    query: tuple[Parameter, ...] = ()
    body: Any = None
    answers: Mapping[int, Answer]
    problems: tuple[int, ...] = ()
    security: tuple[Security, ...] = ()


SITE = Parameter("site", "Key of the site; may be left out where the person has one.")

OPERATIONS = (
    Operation(
        id="isAlive",
        path="/healthz",
        summary="Is the process alive?",
        answers={200: Answer("It answers.", Liveness)},
    ),
    Operation(
        id="isReady",
        path="/readyz",
        summary="May the process be sent visitors?",
        answers={
            200: Answer("It may.", Readiness),
            503: Answer("The store is not reachable, or the process is draining.", Readiness),
        },
    ),
    Operation(
        id="getMetrics",
        path="/metrics",
        summary="Figures for Prometheus.",
        answers={200: Answer("Prometheus' text format.", str, "text/plain")},
    ),
    Operation(
        id="logIn",
        method="POST",
        path="/api/v1/sessions",
        summary="Log in with e-mail and password: begin a session, which a cookie names.",
        body=LogIn,
        answers={201: Answer("Logged in, with a new cookie `router_session`.", SessionView)},
        problems=(401, 403, 413, 415, 422, 429),
    ),
    Operation(
        id="getSession",
        path="/api/v1/sessions/current",
        summary="Who is logged in?",
        answers={200: Answer("The person and her sites.", SessionView)},
        problems=(401,),
        security=("session",),
    ),
    Operation(
        id="logOut",
        method="DELETE",
        path="/api/v1/sessions/current",
        summary="Log out: end the session.",
        answers={204: Answer("Nobody is logged in any more.", None)},
        problems=(403,),
    ),
    Operation(
        id="changePassword",
        method="POST",
        path="/api/v1/sessions/current/password",
        summary="Take another password; all other sessions of the person end.",
        body=PasswordChange,
        answers={200: Answer("It is the new one, with a new cookie `router_session`.", SessionView)},
        problems=(401, 403, 413, 415, 422, 429),
        security=("session",),
    ),
    Operation(
        id="createAgentTicket",
        method="POST",
        path="/api/v1/agent-tickets",
        summary="Issue a one-time ticket for the agents' socket to the person who asks.",
        body=TicketRequest,
        answers={201: Answer("Good once, for a minute.", TicketAnswer)},
        problems=(401, 403, 404, 413, 415, 422),
        security=ANY_PERSON,
    ),
    Operation(
        id="listConversations",
        path="/api/v1/conversations",
        summary="The conversations of a visitor; for agents, of one whom they serve or have written to.",
        query=(
            Parameter("visitor", "The id on the visitor's card.", required=True),
            Parameter("cursor", "What `next` was, for those that follow."),
            SITE,
        ),
        answers={200: Answer("The latest first.", ConversationList)},
        problems=(401, 403, 404, 422),
        security=ANY_PERSON,
    ),
    Operation(
        id="getConversation",
        path="/api/v1/conversations/{id}",
        summary="A conversation with its messages, for those who may see it in a list.",
        places=(Parameter("id", "The conversation's."),),
        query=(SITE,),
        answers={200: Answer("As of now.", ConversationDetail)},
        problems=(401, 403, 404, 422),
        security=ANY_PERSON,
    ),
    Operation(
        id="explainVisit",
        path="/api/v1/explain",
        summary="Explain why each rule is shown to a visitor or not; for managers and admins.",
        query=(
            Parameter("visit", "The id that `welcome` gives.", required=True),
            Parameter("tab", "The one whose page is the latest, unless named."),
            SITE,
        ),
        answers={200: Answer("As of now, or of the last activity of a visit that is over.", VisitExplanation)},
        problems=(401, 403, 404, 422),
        security=ANY_PERSON,
    ),
    Operation(
        id="getOpenApi",
        path="/api/openapi.json",
        summary="The contract of HTTP.",
        answers={200: Answer("This document.", dict[str, Any])},
    ),
    Operation(
        id="getAsyncApi",
        path="/api/asyncapi.json",
        summary="The contract of the sockets.",
        answers={200: Answer("An AsyncAPI 3 document.", dict[str, Any])},
    ),
)
"""Every path that the server answers over HTTP; sockets are elsewhere."""
