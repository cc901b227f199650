"""What the API says of people: log-ins, who is logged in and where she belongs, tickets for the agents' socket."""

from typing import Annotated

import msgspec
from msgspec import Meta

from router.core.site.document import Role

SESSION_COOKIE = "router_session"

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000
"""Characters; what is longer is no password."""


class LogIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to log in."""

    email: Annotated[str, Meta(max_length=254, pattern="^[^\\x00-\\x20@]+@[^\\x00-\\x20@]+$")]
    password: Annotated[str, Meta(max_length=LONGEST_PASSWORD)]


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The present password, which may be a one-time password, and the one to come."""

    old: Annotated[str, Meta(max_length=LONGEST_PASSWORD)]
    new: Annotated[str, Meta(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is logged in. `role` is the highest that she has in any site; null when she belongs to none.

    With `must_change_password` everything else is refused (403) until a one-time password is changed.
    """

    id: str
    email: str
    name: str
    role: Role | None
    must_change_password: bool


class SiteOfUser(msgspec.Struct, frozen=True, kw_only=True):
    """A site, and what the person may do there."""

    key: str
    name: str
    role: Role


class SessionView(msgspec.Struct, frozen=True):
    """Who is logged in, and the sites that she belongs to."""

    user: UserView
    sites: list[SiteOfUser]


class TicketRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which site; may be left out where the person has one."""

    site: str | None = None


class TicketAnswer(msgspec.Struct, frozen=True):
    """The ticket, good once and for a minute."""

    ticket: str
