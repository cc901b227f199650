"""Who may open a visitor socket: the site must exist, and the origin or the app's key must be one of its own."""

from urllib.parse import parse_qs, urlsplit

from websockets.frames import CloseCode
from websockets.http11 import Request

from router.engine.guests import Socket
from router.engine.letters import Client
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.servers.proxies import TrustedProxies
from router.servers.sockets.limits import VisitorLimits
from router.servers.sockets.transport import TRY_LATER, VisitorConnection
from router.servers.sockets.visitor_session import VisitorSession


class VisitorEndpoint:
    """Opens the session of each visitor socket."""

    def __init__(self, node: Node, limits: VisitorLimits, proxies: TrustedProxies) -> None:
        self._node = node
        self._limits = limits
        self._limits_of_guests = limits.without_bucket()
        self._proxies = proxies
        node.forwarding.guests.host = self.host

    def open(self, connection: VisitorConnection, request: Request, peer: str) -> "VisitorSession":
        """Judge site and origin; a refused socket was accepted and is closed with 1008 and the reason."""
        query = parse_qs(urlsplit(request.path).query)
        headers = request.headers
        live = self._node.sites.by_key.get(query.get("site", [""])[0])
        client = Client(
            address=self._proxies.client_of(peer, headers.get_all("X-Forwarded-For")),
            user_agent=(headers.get_all("User-Agent") or [""])[0],
            worker=self._node.worker,
        )
        session = VisitorSession(self._node, live, self._limits, connection, client)
        origins = headers.get_all("Origin")
        if self._node.is_draining:
            connection.close(CloseCode.SERVICE_RESTART, TRY_LATER)
        elif live is None:
            connection.close(CloseCode.POLICY_VIOLATION, "unknown site")
        elif not origins:
            if query.get("app_key", [""])[0] not in live.site.app_keys:
                connection.close(CloseCode.POLICY_VIOLATION, "no origin: an app sends its app_key")
        elif origins[0] not in live.site.origins:
            connection.close(CloseCode.POLICY_VIOLATION, "origin not allowed for this site")
        return session

    def host(self, live: LiveSite, client: Client, socket: Socket) -> "VisitorSession":
        """Open the session of a socket that another process has, and has judged."""
        return VisitorSession(self._node, live, self._limits_of_guests, socket, client)
