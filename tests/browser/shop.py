"""Pages of a shop on an origin of its own, with the widget's tag, under a strict content security policy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from typing import Any

from tests.server.serving import shop_document


class Shop:
    """Any path is a page. A test may put more on the pages, and files beside them, before it opens one."""

    def __init__(self, origin: str, router: str) -> None:
        self.origin = origin
        self.router = router
        """Where the widget comes from."""
        self.head = ""
        self.body = "<main><h1>The shop</h1><a href='/contact'>Contact</a></main>"
        self.files = {"/icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
        """By path, as `/shop.css`: the policy allows no inline style or script."""
        self.policy = "; ".join(
            (
                "default-src 'self'",
                f"script-src 'self' {router}",
                f"connect-src {router} {router.replace('http', 'ws', 1)}",
                f"img-src 'self' {router} https:",
            )
        )

    def at(self, name: str) -> str:
        """The same pages on another host, as `www.shop.example`, which the browsers of these tests find here."""
        return f"http://{name}:{self.origin.rpartition(':')[2]}"

    def document(self, *names: str) -> dict[str, Any]:
        """The site's configuration, for pages of this origin and of those at other names."""
        document = shop_document()
        document["site"]["origins"] = [self.origin, *map(self.at, names)]
        return document

    def page(self, path: str) -> str:
        """The page of a path."""
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The shop: {path}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/icon.svg">'
            f'{self.head}<script src="{self.router}/widget.js" data-site="shop" async></script>'
            f"</head><body>{self.body}</body></html>"
        )


@contextmanager
def open_shop(router: str) -> Iterator[Shop]:
    """A shop on a port of this machine, with the widget of a server."""

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            content = (shop.files[path] if path in shop.files else shop.page(path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{guess_type(path)[0] or 'text/html'}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Visit) as server:
        shop = Shop(f"http://localhost:{server.server_port}", router)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield shop
        finally:
            server.shutdown()
            serving.join()
