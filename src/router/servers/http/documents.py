"""`GET /api/openapi.json`, `/api/asyncapi.json`: the contracts, made once at start."""

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

VERSION = version("conversation-router")


def document_resource(document: Mapping[str, Any]) -> Callable[[Request], Awaitable[Response]]:
    """The resource that answers everybody with a document."""
    content = msgspec.json.encode(document)

    async def show(request: Request) -> Response:
        return Response(content, media_type="application/json")

    return show
