"""`/api/v1/sessions`: log in, who is logged in, log out, another password."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from router.core.vocabulary.values import SECOND
from router.engine.node import Node
from router.ports import SESSION_LASTS, Accounts, Attempts, Person, Sessions
from router.protocol.people import SESSION_COOKIE, LogIn, PasswordChange, SessionView, SiteOfUser, UserView
from router.servers.http.answers import Problem, highest_role, json_answer, read_body, role_in
from router.servers.http.who_asks import WhoAsks, log_in_of

log = structlog.get_logger(__name__)


class SessionResource:
    """The resource; its sessions are found by a cookie."""

    def __init__(
        self, node: Node, accounts: Accounts, sessions: Sessions, attempts: Attempts, who_asks: WhoAsks
    ) -> None:
        self._node = node
        self._accounts = accounts
        self._sessions = sessions
        self._attempts = attempts
        self._who_asks = who_asks

    async def begin(self, request: Request) -> Response:
        """Log in. Who is unknown gets the answer of a wrong password, and waits as long for it."""
        self._who_asks.refuse_forgery(request)
        log_in = await read_body(request, LogIn)
        person = await self._try(request, log_in.email, log_in.password)
        if person is None:
            raise Problem(401, "the e-mail or the password is wrong")
        return await self._begin(request, person, 201)

    async def show(self, request: Request) -> Response:
        """Who is logged in."""
        return json_answer(self._view(await self._who_asks.by_session(request)))

    async def end(self, request: Request) -> Response:
        """Log out; whoever is not logged in is so afterwards, too."""
        self._who_asks.refuse_forgery(request)
        await self._end(request)
        answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
        answer.delete_cookie(SESSION_COOKIE, secure=_is_secure(request), httponly=True, samesite="lax")
        return answer

    async def change_password(self, request: Request) -> Response:
        """Take another password. Whoever is logged in with the old one is so no more; here a new session begins."""
        self._who_asks.refuse_forgery(request)
        person = await self._who_asks.by_session(request)
        change = await read_body(request, PasswordChange)
        if change.new == change.old:
            raise Problem(422, "the new password is the old one", [("new", "must be another one")])
        if await self._try(request, person.email, change.old) is None:
            raise Problem(422, "the old password is wrong", [("old", "is not the present password")])
        return await self._begin(request, await self._accounts.set_password(person.id, change.new), 200)

    async def _try(self, request: Request, email: str, password: str) -> Person | None:
        """The person of that e-mail and password; Problem 429 when it was tried too often."""
        address = request.client.host if request.client is not None else ""
        wait_seconds = await self._attempts.count(address, email)
        if wait_seconds:
            log.warning("passwords are tried too often", address=address)
            raise Problem(429, "too many attempts: try again later", headers={"Retry-After": str(wait_seconds)})
        person = await self._accounts.who_has_password(email, password)
        if person is None:
            log.info("a wrong password", address=address)
        else:
            await self._attempts.succeeded(address, email)
        return person

    async def _begin(self, request: Request, person: Person, status: int) -> Response:
        """Give a new token: one that somebody knew before is good for nothing any more."""
        await self._end(request)
        answer = json_answer(self._view(person), status)
        answer.set_cookie(
            SESSION_COOKIE,
            await self._sessions.begin(log_in_of(person)),
            max_age=SESSION_LASTS // SECOND,
            secure=_is_secure(request),
            httponly=True,
            samesite="lax",
        )
        return answer

    async def _end(self, request: Request) -> None:
        if token := request.cookies.get(SESSION_COOKIE):
            await self._sessions.end(token)

    def _view(self, person: Person) -> SessionView:
        sites = [
            SiteOfUser(key=live.site.key, name=live.site.name, role=role)
            for live in self._node.sites
            if (role := role_in(person, live.site.id)) is not None
        ]
        user = UserView(
            id=person.id,
            email=person.email,
            name=person.name,
            role=highest_role(person),
            must_change_password=person.must_change_password,
        )
        return SessionView(user, sites)


def _is_secure(request: Request) -> bool:
    """Tell whether the outside is https: of a proxy that is trusted, its word for it."""
    return request.url.scheme == "https"
