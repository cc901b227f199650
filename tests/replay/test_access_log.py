"""Logs as they really are: each line below was made after something seen in the log of a public web server."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.replay.access_log import LONGEST_LINE, Hit, View, Visit, parse_line, path_of, read_log, traffic_of

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
NOON = 1_772_535_600
"""2026-03-03 12:00:00 +0100 in seconds."""


def hit(second: int, target: str = "/", *, address: str = "192.0.2.1", referrer: str = "", status: int = 200) -> Hit:
    return Hit(
        at=NOON + second,
        address=address,
        method="GET",
        target=target,
        status=status,
        referrer=referrer,
        user_agent=BROWSER,
    )


def is_crawler(user_agent: str) -> bool:
    return "bot" in user_agent


def line(request: bytes = b"GET / HTTP/1.1", rest: bytes = b'200 512 "-" "Mozilla/5.0"') -> bytes:
    return b'192.0.2.1 - - [03/Mar/2026:12:00:00 +0100] "' + request + b'" ' + rest + b"\n"


def test_a_line_of_the_combined_format() -> None:
    rest = b'304 - "https://www.google.fr/search?q=a+b" "Mozilla/5.0 (X11)"'
    assert parse_line(line(b"GET /velos/city-8?x=1 HTTP/1.1", rest)) == Hit(
        at=NOON,
        address="192.0.2.1",
        method="GET",
        target="/velos/city-8?x=1",
        status=304,
        referrer="https://www.google.fr/search?q=a+b",
        user_agent="Mozilla/5.0 (X11)",
    )


@pytest.mark.parametrize(
    ("rest", "referrer", "user_agent"),
    [
        (b"200 512", "", ""),
        (b'200 - "-" "-"', "", ""),
        (b'200 512 "" ""', "", ""),
        (b'200 512 "http://a.example/"', "http://a.example/", ""),
        (b'200 512 "-" "Mozilla/5.0 (cut of', "", "Mozilla/5.0 (cut of"),
        (b'200 512 "-" "Mozilla/5.0" 0.013 "extra"', "", "Mozilla/5.0"),
        (rb'200 512 "-" "said \"hello\" \\ twice"', "", 'said "hello" \\ twice'),
        (rb'200 512 "http://\xd0\xb2\xd0\xb5\xd0\xbb\xd0\xbe.example/" "a"', "http://вело.example/", "a"),
        (rb'200 512 "http://\xe4\xe5/" "a"', "http://��/", "a"),
        (b'200 512 "http://\xe4\xe5/" "\xc3\xa9"', "http://��/", "é"),
        (rb'200 512 "\x" "\xZZ"', "x", "xZZ"),
    ],
)
def test_referrer_and_user_agent_with_junk(rest: bytes, referrer: str, user_agent: str) -> None:
    found = parse_line(line(rest=rest))
    assert found is not None
    assert (found.referrer, found.user_agent) == (referrer, user_agent)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "host-7.example", "unix:", "192.0.2.1:5000"]
)
def test_addresses_are_kept_as_they_are(address: str) -> None:
    found = parse_line(f'{address} - a b c [03/Mar/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "a"'.encode())
    assert found is not None
    assert found.address == address


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("03/Mar/2026:12:00:00 +0100", NOON),
        ("03/Mar/2026:05:30:00 -0530", NOON),
        ("03/Mar/2026:11:00:07 +0000", NOON + 7),
        ("03/Mar/2026:10:59:60 +0000", NOON - 1),
    ],
)
def test_instants_of_any_zone(written: str, seconds: int) -> None:
    found = parse_line(f'192.0.2.1 - - [{written}] "GET / HTTP/1.0" 200 1'.encode())
    assert found is not None
    assert found.at == seconds


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\n",
        b"\x00\xff\xfe",
        b"192.0.2.1 - - [",
        line(b"-", b"408 0"),
        line(rb"\x16\x03\x01\x00", b"400 226"),
        line(b"", b"400 0"),
        line(rest=b"abc 1"),
        line().replace(b"Mar", b"Mrz"),
        line().replace(b"03/Mar", b"31/Feb"),
        line().replace(b":12:", b":25:"),
        b"".join((b'192.0.2.1 "', b'"' * 10_000)),
        b"192.0.2.1 - " + b"[" * 10_000,
    ],
)
def test_what_cannot_be_read_is_none(junk: bytes) -> None:
    assert parse_line(junk) is None


@given(st.binary() | st.builds(line, st.binary(), st.binary()))
def test_no_line_is_too_strange(junk: bytes) -> None:
    found = parse_line(junk)
    assert found is None or path_of(found.target).startswith("/")


def test_a_huge_line_is_one_unreadable_line(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(line() + b"A" * (3 * LONGEST_LINE) + b"\n" + line() + line().rstrip())
    assert [found is None for found in read_log(path)] == [False, True, False, False]


@pytest.mark.parametrize(
    ("target", "is_page"),
    [
        ("/", True),
        ("/contact", True),
        ("/velos/city-8.html", True),
        ("/index.PHP?page=2", True),
        ("/docs/release-1.2.3", True),
        ("/docs/report.pdf.html", True),
        ("/search?file=a.png", True),
        ("/search?next=http://a.example/b.png", True),
        ("/style.css", False),
        ("/images/hero.WEBP?v=3", False),
        ("/favicon.ico", False),
        ("/robots.txt", False),
        ("/files/tool-1.0.tar.gz", False),
        ("http://shop.example/style.css", False),
    ],
)
def test_pages_are_told_from_what_pages_need(target: str, is_page: bool) -> None:
    assert hit(0, target).is_page_view is is_page


@pytest.mark.parametrize(
    ("method", "status", "is_page"),
    [
        ("GET", 200, True),
        ("GET", 304, True),
        ("HEAD", 200, False),
        ("POST", 200, False),
        ("GET", 301, False),
        ("GET", 404, False),
        ("GET", 500, False),
    ],
)
def test_only_given_pages_are_viewed(method: str, status: int, is_page: bool) -> None:
    found = parse_line(f'192.0.2.1 - - [03/Mar/2026:12:00:00 +0100] "{method} / HTTP/1.1" {status} 1'.encode())
    assert found is not None
    assert found.is_page_view is is_page


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a?b=c#d", "/a?b=c"),
        ("http://shop.example:8080/a?b", "/a?b"),
        ("http://shop.example", "/"),
        ("http://shop.example?b", "/?b"),
        ("//double//slash", "//double//slash"),
        ("/go?to=http://a.example/", "/go?to=http://a.example/"),
        ("*", "/*"),
        ("", "/"),
    ],
)
def test_the_path_of_a_target(target: str, path: str) -> None:
    assert path_of(target) == path


def test_visits_end_after_half_an_hour_and_belong_to_one_browser() -> None:
    hits = [
        hit(0, "/a", referrer="https://www.bing.com/"),
        hit(10, "/b", address="2001:db8::1"),
        hit(60, "/c"),
        hit(60 + 30 * 60 - 1, "/d"),
        hit(60 + 2 * 30 * 60, "/e"),
    ]
    assert traffic_of(hits, is_crawler).visits == [
        Visit("192.0.2.1", BROWSER, "https://www.bing.com/", [View("/a", 0), View("/c", 60), View("/d", 1799)]),
        Visit("2001:db8::1", BROWSER, "", [View("/b", 0)]),
        Visit("192.0.2.1", BROWSER, "", [View("/e", 0)]),
    ]


def test_lines_out_of_order_take_no_time() -> None:
    (visit,) = traffic_of([hit(50, "/a"), hit(3, "/b"), hit(70, "/c")], is_crawler).visits
    assert [view.gap_seconds for view in visit.views] == [0, 0, 20]


def test_the_logs_own_host_is_the_one_its_pictures_name() -> None:
    hits = [
        hit(0, "/a", address="192.0.2.1", referrer="https://shop.example/list?page=2"),
        hit(0, "/b", address="192.0.2.2", referrer="https://www.shop.example/"),
        hit(0, "/c", address="192.0.2.3", referrer="https://blog.example/"),
        hit(0, "/d", address="192.0.2.4", referrer="http://["),
        *(hit(1, "/a.png", referrer="https://www.shop.example/a") for _ in range(3)),
    ]
    traffic = traffic_of(hits, is_crawler)
    assert [visit.referrer for visit in traffic.visits] == ["/list?page=2", "/", "https://blog.example/", "http://["]


def test_what_is_left_out_is_counted() -> None:
    crawler = Hit(at=NOON, address="192.0.2.9", method="GET", target="/", status=200, user_agent="Examplebot/2.1")
    traffic = traffic_of([hit(0), None, crawler, hit(1, "/a.css"), hit(2, "/gone", status=404)], is_crawler)
    assert (len(traffic.visits), traffic.page_views, traffic.other_requests) == (1, 1, 2)
    assert (traffic.crawlers, traffic.unreadable) == (1, 1)
