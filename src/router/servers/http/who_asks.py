"""Who is asking: the person of a request, by API key or by the cookie of her session."""

from collections.abc import Collection

from starlette.requests import Request

from router.ports import Accounts, Person, Session, SessionName, Sessions
from router.protocol.people import SESSION_COOKIE
from router.servers.http.answers import Problem
from router.servers.origins import OwnOrigins

READING = ("GET", "HEAD")


class WhoAsks:
    """`person = await who_asks(request)`."""

    def __init__(self, accounts: Accounts, sessions: Sessions, console_origins: Collection[str]) -> None:
        """`console_origins` are those besides our own whose pages may use a session."""
        self._accounts = accounts
        self._sessions = sessions
        self._origins = OwnOrigins(console_origins)

    async def __call__(self, request: Request) -> Person:
        """The person who asks; Problem 401, or 403 before she has changed a one-time password."""
        if "authorization" in request.headers:
            return await self._by_key(request)
        self.refuse_forgery(request)
        person = await self.by_session(request)
        if person.must_change_password:
            raise Problem(403, "change the one-time password first: POST /api/v1/sessions/current/password")
        return person

    async def by_session(self, request: Request) -> Person:
        """The person who is logged in, whatever she may do; Problem 401."""
        name = self._name_of(request)
        session = (await self._sessions.use([name])).get(name) if name is not None else None
        person = await self._accounts.person_with_id(session.person) if session is not None else None
        if person is None or session != log_in_of(person):
            raise Problem(401, "log in, or send an API key: Authorization: Bearer <key>")
        return person

    def session_of(self, request: Request) -> SessionName | None:
        """The session in which a person asks; None when she does by key."""
        return None if "authorization" in request.headers else self._name_of(request)

    def refuse_forgery(self, request: Request) -> None:
        """Let no page of another origin change something with a cookie that the browser adds; Problem 403 or 415.

        No form can send JSON: the content type stands guard where a browser is too old to name the origin.
        """
        if request.method in READING:
            return
        if self._origins.is_foreign(request):
            raise Problem(403, "requests of other origins are refused")
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and media_type != "application/json":
            raise Problem(415, "the body must be JSON: Content-Type: application/json")

    def _name_of(self, request: Request) -> SessionName | None:
        token = request.cookies.get(SESSION_COOKIE)
        return self._sessions.name_of(token) if token else None

    async def _by_key(self, request: Request) -> Person:
        scheme, _, key = request.headers["authorization"].partition(" ")
        person = await self._accounts.who_has_api_key(key.strip()) if scheme.lower() == "bearer" and key else None
        if person is None:
            raise Problem(401, "an API key is needed: Authorization: Bearer <key>")
        return person


def log_in_of(person: Person) -> Session:
    """What is kept of a log-in of this person with her present password."""
    return Session(person=person.id, password=person.password)
