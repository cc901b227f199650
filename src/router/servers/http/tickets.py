"""`POST /api/v1/agent-tickets`: a one-time ticket for the agents' socket, by API key."""

from starlette.requests import Request
from starlette.responses import Response

from router.engine.node import Node
from router.ports import Accounts
from router.protocol.api import TicketAnswer, TicketRequest
from router.servers.http.answers import Problem, json_answer, read_body, site_of, who_asks


class Tickets:
    """The resource."""

    def __init__(self, node: Node, accounts: Accounts) -> None:
        self._node = node
        self._accounts = accounts

    async def create(self, request: Request) -> Response:
        """Issue a ticket to the person whose key it is, as an agent of the site."""
        person = await who_asks(request, self._accounts)
        asked = await read_body(request, TicketRequest)
        live = site_of(self._node, person, asked.site)
        if person.id not in live.site.agents:
            raise Problem(403, "only members of the site can answer visitors")
        ticket = await self._node.store.tickets.issue(live.site.id, person.id)
        return json_answer(TicketAnswer(ticket), 201)
