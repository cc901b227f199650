"""A web server's log in the combined format, read as it really is: junk, escapes and crawlers included.

Lines become hits, hits become visits: pages that one browser viewed with less than half an hour between them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

LONGEST_LINE = 16_384
"""Bytes; a longer line is some attack's, and is counted as unreadable without being kept."""

VISIT_GAP_SECONDS = 30 * 60
"""A visit ends after so long without a page, as on the server."""

_QUOTED = rb'"((?:[^"\\]|\\.)*+)"'
"""Without going back: a line of a thousand quotes is read once."""

_LINE = re.compile(
    rb"(\S+) \S+ .{0,256}?\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "
    rb'"([A-Z]{3,16}) (\S+)(?: HTTP/[\d.]+)?" (\d{3}) (?:\d+|-)'
    rb"(?: " + _QUOTED + rb"(?: " + _QUOTED + rb"?)?)?"  # the last quote is missing where a line was cut
)
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)

_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,7})$")
_PAGE_EXTENSIONS = frozenset({"html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "jspx", "do", "action"})
_NOT_MODIFIED = 304


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `at` is in seconds since 1970 UTC; a missing referrer or user agent is empty."""

    at: int
    address: str
    method: str
    target: str
    status: int
    referrer: str = ""
    user_agent: str = ""

    @property
    def is_page_view(self) -> bool:
        """A page was asked for and given: not a picture, a script, a download, a redirect or an error."""
        if self.method != "GET" or not (200 <= self.status < 300 or self.status == _NOT_MODIFIED):
            return False
        extension = _EXTENSION.search(path_of(self.target).split("?", 1)[0])
        return extension is None or extension[1].lower() in _PAGE_EXTENSIONS


class View(msgspec.Struct, frozen=True):
    """One page of a visit: its path with query, and the seconds since the page before."""

    path: str
    gap_seconds: int


class Visit(msgspec.Struct):
    """What one browser viewed. A referrer of the site itself is given as a path, any other as it was."""

    address: str
    user_agent: str
    referrer: str
    views: list[View]


class Traffic(msgspec.Struct):
    """A whole log, in order of arrival, and what was left out of it: counts of lines."""

    visits: list[Visit]
    page_views: int = 0
    other_requests: int = 0
    crawlers: int = 0
    unreadable: int = 0


def read_log(path: Path) -> Iterator[Hit | None]:
    """Each line of the file as a hit, None for one that cannot be read. Raises OSError when there is no such file."""
    with path.open("rb") as log:
        while line := log.readline(LONGEST_LINE):
            if line.endswith(b"\n") or len(line) < LONGEST_LINE:
                yield parse_line(line)
                continue
            while (rest := log.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None


def parse_line(line: bytes) -> Hit | None:
    """One line of the combined format, or of the common format, which lacks the last two fields; else None."""
    match = _LINE.match(line.strip())
    if match is None:
        return None
    address, day, month, year, hour, minute, second, sign, hours, minutes, method, target, status, *quoted = (
        match.groups()
    )
    try:
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return Hit(
        at=int((local + offset if sign == b"-" else local - offset).timestamp()),
        address=_text(address),
        method=_text(method),
        target=_text(target),
        status=int(status),
        referrer=_text(quoted[0]),
        user_agent=_text(quoted[1]),
    )


def traffic_of(hits: Iterable[Hit | None], is_crawler: Callable[[str], bool]) -> Traffic:
    """Group the page views of browsers into visits; a visit is one address and user agent without a long gap.

    The lines need not be in order of time within a visit: a step back counts as no time at all.
    """
    traffic = Traffic([])
    pages: list[Hit] = []
    referring: Counter[str] = Counter()
    for hit in hits:
        if hit is None:
            traffic.unreadable += 1
        elif is_crawler(hit.user_agent):
            traffic.crawlers += 1
        else:
            if hit.is_page_view:
                pages.append(hit)
            else:
                traffic.other_requests += 1
                referring[_host(hit.referrer)] += 1
    own_host = _own_host(referring)
    running: dict[tuple[str, str], tuple[Visit, int]] = {}
    for hit in pages:
        browser = (hit.address, hit.user_agent)
        visit, last = running.get(browser, (None, 0))
        if visit is None or hit.at - last >= VISIT_GAP_SECONDS:
            referrer = path_of(hit.referrer) if own_host and _host(hit.referrer) == own_host else hit.referrer
            visit, last = Visit(hit.address, hit.user_agent, referrer, []), hit.at
            traffic.visits.append(visit)
        visit.views.append(View(path_of(hit.target), max(0, hit.at - last)))
        running[browser] = (visit, max(last, hit.at))
    traffic.page_views = len(pages)
    return traffic


def path_of(target: str) -> str:
    """Path and query of a request's target or of an address, without the fragment; always with a leading slash."""
    target = target.partition("#")[0]
    if "://" in target.partition("?")[0]:
        target = target.partition("://")[2]
        start = re.search(r"[/?]", target)
        target = target[start.start() :] if start else "/"
    return target if target.startswith("/") else "/" + target


def _own_host(referring: Counter[str]) -> str:
    """The log's own host: the one that most requests for pictures and scripts name, because its pages show them."""
    del referring[""]
    return max(referring, key=lambda host: referring[host], default="")


def _host(referrer: str) -> str:
    """The host of an address without `www.`, empty where there is none."""
    try:
        return (urlsplit(referrer).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _text(field: bytes | None) -> str:
    r"""A field as text: `\x..` and `\"` undone, bytes that are not UTF-8 replaced, `-` is empty."""
    if field is None or field == b"-":
        return ""
    if b"\\" in field:
        field = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]) if escape[1] else escape[2], field)
    return field.decode("utf-8", "replace")
