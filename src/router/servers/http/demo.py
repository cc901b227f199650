"""The demo shop at `/demo/`, and at `/` the page that explains what to try: served with `--demo` alone."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from router.servers.http.demo_pages import ROOT, guide_pages, shop_pages

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""With a policy as strict as that of a careful shop, which the widget has to live with."""


class Demo:
    """Pages that are made once, from the files of a directory."""

    def __init__(self, directory: Path) -> None:
        """Raise OSError or ValueError where a file is missing or wrong."""
        self._directory = directory
        self._pages = shop_pages(directory)
        self._guides = guide_pages(directory)

    def routes(self) -> list[BaseRoute]:
        """What is served, and where."""
        return [
            Route("/", self.show_guide),
            Route(ROOT.removesuffix("/"), self.to_shop),
            Mount(f"{ROOT}static", StaticFiles(directory=self._directory / "static")),
            Route(f"{ROOT}{{path:path}}", self.show_page),
        ]

    async def show_guide(self, request: Request) -> Response:
        """What there is to try, in the language that is asked for, else in the browser's first."""
        wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
        guide = self._guides["fr" if wanted.lower().startswith("fr") else "en"]
        return HTMLResponse(guide, headers=HEADERS | {"Vary": "Accept-Language"})

    async def to_shop(self, request: Request) -> Response:
        """The shop's own paths begin below a slash."""
        return RedirectResponse(ROOT)

    async def show_page(self, request: Request) -> Response:
        """A page of the shop."""
        page = self._pages.get(request.path_params["path"])
        if page is None:
            raise HTTPException(404)
        return HTMLResponse(page, headers=HEADERS)
