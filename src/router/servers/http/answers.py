"""What HTTP resources share: JSON answers, problems (RFC 9457), and what a person is in which site."""

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.core.site.document import Role
from router.core.vocabulary.ids import SiteId
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.ports import Person
from router.protocol.api import ProblemDetails, WrongField

Body = TypeVar("Body")

ROLES: tuple[Role, ...] = get_args(Role)

LONGEST_BODY = 1024 * 1024
"""Bytes of a request's body that are read."""


class Problem(Exception):
    """An answer that is an error: its status, a sentence, and every wrong field with its reason."""

    def __init__(
        self,
        status: int,
        title: str,
        fields: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.fields = fields
        self.headers = headers or ({"WWW-Authenticate": "Bearer"} if status == 401 else {})


def json_answer(body: object, status: int = 200) -> Response:
    """A JSON answer from structs or plain values."""
    return Response(
        msgspec.json.encode(body), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def problem_answer(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    body = ProblemDetails(
        type="about:blank",
        title=problem.title,
        status=problem.status,
        errors=[WrongField(field, message) for field, message in problem.fields],
    )
    return Response(msgspec.json.encode(body), problem.status, problem.headers, "application/problem+json")


async def read_body(request: Request, shape: type[Body]) -> Body:
    """Decode the body of a request; Problem 413 or 422 naming the field."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > LONGEST_BODY:
            raise Problem(413, f"the body has more than {LONGEST_BODY} bytes")
    try:
        return msgspec.json.decode(content, type=shape)
    except (ValueError, RecursionError) as error:
        message, _, place = str(error).partition(" - at `$")
        raise Problem(422, "the body is not what is expected", [(place.strip(".`") or "body", message)]) from None


def role_in(person: Person, site: SiteId) -> Role | None:
    """What the person is in a site; None when it does not exist for her."""
    if person.administrator:
        return "admin"
    return next((membership.role for membership in person.memberships if membership.site == site), None)


def highest_role(person: Person) -> Role | None:
    """The most that the person is in any site; None when she belongs to none."""
    if person.administrator:
        return "admin"
    has: set[Role] = {membership.role for membership in person.memberships}
    return next((role for role in ROLES if role in has), None)


def site_of(node: Node, person: Person, key: str | None) -> LiveSite:
    """The person's site of that key, which may be left out where she has one; Problem 404 or 422."""
    hers = {live.site.key: live for live in node.sites if role_in(person, live.site.id) is not None}
    if key is None and len(hers) != 1:
        raise Problem(422, "name the site", [("site", "needed, for there is not exactly one")])
    if key is not None and key not in hers:
        raise Problem(404, f"there is no site {key!r}", [("site", "unknown")])
    return hers[key] if key is not None else next(iter(hers.values()))
