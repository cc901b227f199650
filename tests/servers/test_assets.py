"""How built files are sent: compressed as the client wants, kept as long as their name allows, with their policy."""

from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from router.servers.http.assets import CONSOLE_POLICY, NOT_BUILT, Assets

FILES = {
    "built": b"",
    "widget/widget.js": b"the widget",
    "widget/widget.js.gz": b"gzip",
    "widget/widget.js.br": b"brotli",
    "widget/chat-1a2b3c.js": b"the chat",
    "console/index.html": b"the console",
    "console/index.html.gz": b"gzip",
    "console/icon.svg": b"<svg/>",
    "console/assets/index-4d5e6f.css": b"the look",
}


def browser_of(folder: Path) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(Starlette(routes=Assets(folder).routes()))
    headers = {"Accept-Encoding": "identity"}  # the variants of these files are none that could be unpacked
    return httpx2.AsyncClient(transport=transport, base_url="http://router.example", headers=headers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(content)
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> httpx2.AsyncClient:
    return browser_of(folder)


@pytest.mark.parametrize(
    ("path", "media_type", "kept"),
    [
        ("/widget.js", "text/javascript; charset=utf-8", "public, max-age=300"),
        ("/widget/chat-1a2b3c.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/widget/chat-other.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/console/", "text/html; charset=utf-8", "no-cache"),
        ("/console/desk/conversations/7", "text/html; charset=utf-8", "no-cache"),
        ("/console/icon.svg", "image/svg+xml", "no-cache"),
        ("/console/assets/index-4d5e6f.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
    ],
)
async def test_a_file_says_what_it_is_and_how_long_to_keep_it(
    browser: httpx2.AsyncClient, path: str, media_type: str, kept: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == kept
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("BR", "br", b"brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", b"gzip"),
        ("br; q=0.000, gzip; q=0", None, b"the widget"),
        ("deflate", None, b"the widget"),
        ("", None, b"the widget"),
    ],
)
async def test_the_smallest_variant_that_the_browser_takes_is_sent(
    browser: httpx2.AsyncClient, accepted: str, encoding: str | None, content: bytes
) -> None:
    async with browser.stream("GET", "/widget.js", headers={"Accept-Encoding": accepted}) as answer:
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding"), sent) == (encoding, content)
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_what_a_browser_has_is_not_sent_again(browser: httpx2.AsyncClient, folder: Path) -> None:
    etag = (await browser.get("/console/")).headers["etag"]
    again = await browser.get("/console/desk", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert again.headers["content-security-policy"] == CONSOLE_POLICY
    (folder / "console/index.html").write_bytes(b"the next console")
    changed = await browser_of(folder).get("/console/desk", headers={"If-None-Match": etag})
    assert (changed.status_code, changed.content) == (200, b"the next console")


async def test_shops_of_any_origin_may_load_the_widget_but_not_the_console(browser: httpx2.AsyncClient) -> None:
    for path in ("/widget.js", "/widget/chat-1a2b3c.js"):
        headers = (await browser.get(path)).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert "content-security-policy" not in headers
    for path in ("/console/", "/console/assets/index-4d5e6f.css"):
        headers = (await browser.get(path)).headers
        assert "access-control-allow-origin" not in headers
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["content-security-policy"] == CONSOLE_POLICY


async def test_the_console_has_one_address(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/console")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


@pytest.mark.parametrize(
    "path",
    [
        "/widget/other-1a2b3c.js",
        "/widget/chat",
        "/widget/widget.js",
        "/widget/",
        "/widget/../built",
        "/widget/%2e%2e/built",
        "/widget/..%2fconsole%2findex.html",
        "/console/assets/index-other.css",
        "/console/assets/%2e%2e/%2e%2e/built",
    ],
)
async def test_what_was_not_built_for_browsers_is_not_there(browser: httpx2.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/widget.js", "/console/", "/console/desk"])
async def test_a_server_without_the_browsers_parts_says_so(tmp_path: Path, path: str) -> None:
    answer = await browser_of(tmp_path / "assets").get(path)
    assert (answer.status_code, answer.text) == (404, NOT_BUILT)
