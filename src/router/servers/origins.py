"""Which web pages may act for a person in her browser: those of our own origin, and of others that were named."""

from collections.abc import Collection

from starlette.requests import HTTPConnection


class OwnOrigins:
    """Our own origin, which each request names, and the operator's `console_origins`."""

    def __init__(self, others: Collection[str]) -> None:
        self._others = frozenset(others)

    def includes(self, connection: HTTPConnection, origin: str) -> bool:
        """Tell whether the page of a request or a socket is ours."""
        scheme = "https" if connection.url.scheme in ("https", "wss") else "http"
        return origin == f"{scheme}://{connection.headers.get('host', '')}" or origin in self._others

    def is_foreign(self, connection: HTTPConnection) -> bool:
        """Tell whether a page that is not ours makes the request.

        Of a request that can change something browsers name the page in one of two headers, which no script can set;
        whoever sends neither is a program, which nobody can lead astray.
        """
        origin = connection.headers.get("origin")
        if origin is not None:
            return not self.includes(connection, origin)
        return connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
