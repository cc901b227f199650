"""Who is who in the console: accounts, sessions, and the tickets that open an agent's socket."""

from collections.abc import Collection, Mapping, Sequence
from typing import NewType, Protocol

import msgspec

from router.core.site.document import Role
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import DAY, HOUR, Milliseconds

SESSION_IDLE = Milliseconds(12 * HOUR)
"""A session that was not used for so long is over: the night."""
SESSION_LASTS = Milliseconds(30 * DAY)
"""However much it is used."""


SessionName = NewType("SessionName", str)
"""By which a session can be spoken of: its token is not told by it."""


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """Whom a ticket is for. The socket that it opens ends with the session, if it was issued to one."""

    site: SiteId
    agent: AgentId
    session: SessionName | None = None


class OneTimeTickets(Protocol):
    """Tickets that open one agent socket, once, within a minute."""

    async def issue(self, site: SiteId, agent: AgentId, session: SessionName | None = None) -> str:
        """A fresh, unguessable ticket."""
        ...

    async def redeem(self, ticket: str) -> Ticket | None:
        """Whom the ticket is for; None when it is unknown, used or too old."""
        ...


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do in one site (P1)."""

    site: SiteId
    key: str
    role: Role


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user account, known by e-mail over all sites. An administrator may do everything in each of them."""

    id: AgentId
    """Also the agent that the person is, in every site."""
    email: str
    name: str
    administrator: bool
    password: str | None
    """Names her present password, without telling it; None when she has none."""
    must_change_password: bool
    """It is a one-time password: she may do nothing before she has chosen another."""
    memberships: tuple[Membership, ...]


class Accounts(Protocol):
    """Who is who."""

    async def who_has_api_key(self, key: str) -> Person | None:
        """Whose API key this is; None when it is nobody's."""
        ...

    async def person(self, email: str) -> Person | None:
        """The person with that e-mail; None when there is none."""
        ...

    async def person_with_id(self, person: AgentId) -> Person | None:
        """The person with that id; None when there is none."""
        ...

    async def who_has_password(self, email: str, password: str) -> Person | None:
        """The person with that e-mail, if this is her password; it takes as long whether she exists or not."""
        ...

    async def passwords_of(self, people: Collection[AgentId]) -> Mapping[AgentId, str]:
        """The `Person.password` of those of them who have one."""
        ...

    async def set_password(self, person: AgentId, password: str) -> Person:
        """Give a person a password of her own: all her sessions are over. LookupError when there is no such person."""
        ...


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who logged in. It is good as long as the password is the one that she logged in with."""

    person: AgentId
    password: str | None
    """As `Person.password` names it."""


class Sessions(Protocol):
    """Who is logged in, known to every process. Whoever has the secret token has the session; a hash of it is kept."""

    async def begin(self, session: Session) -> str:
        """A fresh, unguessable token."""
        ...

    def name_of(self, token: str) -> SessionName:
        """The name of a token's session, be there one or not."""
        ...

    async def use(self, names: Sequence[SessionName]) -> Mapping[SessionName, Session]:
        """The sessions of these names that are not over, for which they are used: each goes on."""
        ...

    async def end(self, token: str) -> None:
        """The token is good for nothing any more."""
        ...


class Attempts(Protocol):
    """How often passwords were tried, counted over all processes: by the address, by the account, and by both."""

    async def count(self, address: str, email: str) -> int:
        """Count an attempt before it is made; seconds to wait if it is one too many, else 0."""
        ...

    async def succeeded(self, address: str, email: str) -> None:
        """The attempt that was counted last is none against us."""
        ...
