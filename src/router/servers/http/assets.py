"""The built files that browsers load: the widget at `/widget.js`, the console under `/console/`.

They are read once, at start, with the variants that the build compressed; what was not built is said in a sentence.
"""

from collections.abc import Mapping
from hashlib import blake2b
from mimetypes import MimeTypes
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[2] / "assets"
WIDGET = "widget/widget.js"
CONSOLE = "console/index.html"

NOT_BUILT = "The browser's parts were not built: run `make web`, or install without ROUTER_SKIP_WEB."

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The ending of each variant's file, the smallest first."""

FOREVER = "public, max-age=31536000, immutable"
"""For names that hold a fingerprint of what is in the file."""
WIDGET_KEPT = "public, max-age=300"
"""For how long a shop's visitors may miss a new widget, in seconds; it is asked for on each of their pages."""
ALWAYS_ASKED = "no-cache"

FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""The widget is loaded by shops of any origin, its parts as modules."""

CONSOLE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: https:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
CONSOLE_HEADERS = {
    "Content-Security-Policy": CONSOLE_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


MEDIA_TYPES = MimeTypes()
MEDIA_TYPES.add_type("text/javascript", ".js")  # a text, which is sent with its charset: some shops are not in UTF-8


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is sent, by encoding; `identity` is always there."""

    media_type: str
    etag: str
    variants: Mapping[str, bytes]


class Assets:
    """The built files by their path below the folder, as `console/index.html`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        endings = tuple(ENCODINGS.values())
        self._assets = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix not in endings
        }
        self._parts = {_unmarked(path): path for path in self._assets if path.startswith("widget/") and "-" in path}

    def routes(self) -> list[Route]:
        """The paths that they have; files are no part of the API."""
        return [
            Route("/widget.js", self._widget, include_in_schema=False),
            Route("/widget/{name:path}", self._widget_part, include_in_schema=False),
            Route("/console", self._to_console, include_in_schema=False),
            Route("/console/{path:path}", self._console, include_in_schema=False),
        ]

    async def _widget(self, request: Request) -> Response:
        return self._answer(request, WIDGET, WIDGET_KEPT, FROM_ANYWHERE)

    async def _widget_part(self, request: Request) -> Response:
        """A part; today's for a page that has the widget of before an update, or of a process not yet replaced."""
        path = f"widget/{request.path_params['name']}"
        part = self._parts.get(_unmarked(path), "")
        return self._answer(request, part, FOREVER if part == path else ALWAYS_ASKED, FROM_ANYWHERE)

    async def _to_console(self, request: Request) -> Response:
        return RedirectResponse("/console/")

    async def _console(self, request: Request) -> Response:
        """A file of the console; every other path is a view of it, which its one page shows."""
        path = f"console/{request.path_params['path']}"
        if path.startswith("console/assets/"):
            return self._answer(request, path, FOREVER, CONSOLE_HEADERS)
        page = path if path in self._assets else CONSOLE
        return self._answer(request, page, ALWAYS_ASKED, CONSOLE_HEADERS)

    def _answer(self, request: Request, path: str, kept: str, headers: Mapping[str, str]) -> Response:
        asset = self._assets.get(path)
        if asset is None:
            return PlainTextResponse(NOT_BUILT if path in (WIDGET, CONSOLE) else "There is no such file.", 404)
        encoding = _accepted(request.headers.get("accept-encoding", ""), asset)
        about = {
            **headers,
            "Cache-Control": kept,
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=about)
        if encoding != "identity":
            about["Content-Encoding"] = encoding
        return Response(asset.variants[encoding], headers=about, media_type=asset.media_type)


def _read(path: Path) -> Asset:
    variants = {"identity": path.read_bytes()}
    for encoding, ending in ENCODINGS.items():
        if (compressed := path.with_name(path.name + ending)).exists():
            variants[encoding] = compressed.read_bytes()
    return Asset(
        media_type=MEDIA_TYPES.guess_type(path.name)[0] or "application/octet-stream",
        # weak: the variants of a file share it
        etag=f'W/"{blake2b(variants["identity"], digest_size=16).hexdigest()}"',
        variants=variants,
    )


def _unmarked(path: str) -> str:
    """The path of a part without the fingerprint of its content."""
    return path.rpartition("-")[0]


def _accepted(header: str, asset: Asset) -> str:
    """The smallest variant that the client takes."""
    taken = set()
    for part in header.split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip().lower())
    return next((encoding for encoding in ENCODINGS if encoding in taken and encoding in asset.variants), "identity")
