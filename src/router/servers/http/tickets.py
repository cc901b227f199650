"""`POST /api/v1/agent-tickets`: a one-time ticket for the agents' socket."""

from starlette.requests import Request
from starlette.responses import Response

from router.engine.node import Node
from router.protocol.people import TicketAnswer, TicketRequest
from router.servers.http.answers import Problem, json_answer, read_body, site_of
from router.servers.http.who_asks import WhoAsks


class Tickets:
    """The resource."""

    def __init__(self, node: Node, who_asks: WhoAsks) -> None:
        self._node = node
        self._who_asks = who_asks

    async def create(self, request: Request) -> Response:
        """Issue a ticket to the person who asks, as an agent of the site."""
        person = await self._who_asks(request)
        asked = await read_body(request, TicketRequest)
        live = site_of(self._node, person, asked.site)
        if person.id not in live.site.agents:
            raise Problem(403, "only members of the site can answer visitors")
        ticket = await self._node.store.tickets.issue(live.site.id, person.id, self._who_asks.session_of(request))
        return json_answer(TicketAnswer(ticket), 201)
