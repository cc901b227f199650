"""`POST /api/v1/agent-tickets`: a one-time ticket for the agents' socket, by API key."""

from starlette.requests import Request
from starlette.responses import Response

from router.engine.node import Node
from router.ports import Accounts
from router.protocol.api import TicketAnswer, TicketRequest
from router.servers.http.answers import Problem, json_answer, read_body, role_in, who_asks


class Tickets:
    """The resource."""

    def __init__(self, node: Node, accounts: Accounts) -> None:
        self._node = node
        self._accounts = accounts

    async def create(self, request: Request) -> Response:
        """Issue a ticket to the person whose key it is, as an agent of the site."""
        person = await who_asks(request, self._accounts)
        asked = await read_body(request, TicketRequest)
        key = asked.site
        if key is None:
            if len(person.memberships) != 1:
                raise Problem(422, "name the site", [("site", "needed, for there is not exactly one")])
            key = person.memberships[0].key
        live = self._node.by_key.get(key)
        if live is None or role_in(person, live.site.id) is None:
            raise Problem(404, f"there is no site {key!r}")
        if person.id not in live.site.agents:
            raise Problem(403, "only members of the site can answer visitors")
        ticket = await self._node.store.tickets.issue(live.site.id, person.id)
        return json_answer(TicketAnswer(ticket), 201)
