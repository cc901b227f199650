"""Who is who in the console, and the tickets that open an agent's socket."""

from typing import Protocol

import msgspec

from router.core.vocabulary.ids import AgentId, SiteId


class OneTimeTickets(Protocol):
    """Tickets that open one agent socket, once, within a minute."""

    async def issue(self, site: SiteId, agent: AgentId) -> str:
        """A fresh, unguessable ticket."""
        ...

    async def redeem(self, ticket: str) -> tuple[SiteId, AgentId] | None:
        """Whom the ticket is for; None when it is unknown, used or too old."""
        ...


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do in one site (P1)."""

    site: SiteId
    key: str
    role: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user account, known by e-mail over all sites. An administrator may do everything in each of them."""

    id: AgentId
    """Also the agent that the person is, in every site."""
    email: str
    name: str
    administrator: bool
    memberships: tuple[Membership, ...]


class Accounts(Protocol):
    """Who is who."""

    async def who_has_api_key(self, key: str) -> Person | None:
        """Whose API key this is; None when it is nobody's."""
        ...

    async def person(self, email: str) -> Person | None:
        """The person with that e-mail; None when there is none."""
        ...
