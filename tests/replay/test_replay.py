"""A replay over real sockets: what the visitors and agents of a log send, and that the figures add up."""

from pathlib import Path
from typing import Any

import pytest

from router.replay import visitor
from router.replay.figures import Figures
from router.replay.replay import Options, ReplayError, replay
from router.replay.wire import RefusedByServer
from tests.replay.shop_server import Shop, open_shop

FIREFOX = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


def line(address: str, second: int, path: str, referrer: str = "-", agent: str = FIREFOX) -> str:
    return (
        f'{address} - - [03/Mar/2026:10:00:{second:02d} +0100] "GET {path} HTTP/1.1" 200 512 "{referrer}" "{agent}"\n'
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Sixty visits: two pages by a desktop, one by a phone; a crawler beside each."""
    path = tmp_path / "access.log"
    with path.open("w") as file:
        for number in range(30):
            file.write(line(f"192.0.2.{number}", 0, "/", "https://www.google.fr/search?q=velo"))
            file.write(line(f"192.0.2.{number}", 1, "/style.css", "https://shop.example/"))
            file.write(line(f"192.0.2.{number}", 30, "/panier", "https://shop.example/"))
            file.write(line(f"198.51.100.{number}", 40, "/velos/city-8", agent=IPHONE))
            file.write(line(f"203.0.113.{number}", 50, "/", agent="Googlebot/2.1"))
    return path


async def replayed(log: Path, shop: Shop, **options: Any) -> Figures:
    defaults: dict[str, Any] = {"visitors": 20, "agents": ("ana@example.com", "bruno@example.com")}
    return await replay(Options(log=log, url=shop.url, site="shop", **defaults | options), shop.ticket)


@pytest.fixture
def _everybody_engages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "ENGAGES", dict.fromkeys(visitor.ENGAGES, 1.0))


@pytest.fixture
def _nobody_engages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "ENGAGES", {})


@pytest.mark.usefixtures("_nobody_engages")
async def test_every_page_of_the_log_is_one_page_event(log: Path) -> None:
    async with open_shop() as shop:
        figures = await replayed(log, shop)
    hellos, pages = shop.messages("hello"), shop.messages("page")
    assert (figures.page_events, figures.visits_done, figures.traffic.crawlers) == (90, 60, 30)
    assert len(hellos) + len(pages) == 90
    assert pages, "some visits stay on one socket"
    assert len(hellos) > 60, "others open a socket for each page"
    urls = [hello["page"]["url"] for hello in hellos] + [page["url"] for page in pages]
    assert {url.removeprefix(shop.url): urls.count(url) for url in urls} == {
        "/": 30,
        "/panier": 30,
        "/velos/city-8": 30,
    }
    assert figures.offers.total() == 90 == figures.shown == shop.counts()["shown"]
    assert len(figures.event_to_offer) == 90
    assert not figures.errors


@pytest.mark.usefixtures("_nobody_engages")
async def test_a_visitor_brings_what_the_log_knows(log: Path) -> None:
    async with open_shop() as shop:
        await replayed(log, shop)
    addresses = {
        headers["x-forwarded-for"]: headers["user-agent"] for headers in shop.headers if "x-forwarded-for" in headers
    }
    assert addresses["192.0.2.7"] == FIREFOX
    assert addresses["198.51.100.7"] == IPHONE
    first = [
        hello for hello in shop.messages("hello") if hello["page"]["url"] == f"{shop.url}/" and "visitor" not in hello
    ]
    assert len(first) == 30
    assert {hello["page"]["referrer"] for hello in first} == {"https://www.google.fr/search?q=velo"}
    assert {hello["language"] for hello in first} == {"fr"}
    second = [hello for hello in shop.messages("hello") if hello.get("visitor") == "token"]
    assert {hello["page"]["referrer"] for hello in second} == {f"{shop.url}/"}
    assert all("cart_value" in hello["data"] for hello in second)
    phones = [hello for hello in shop.messages("hello") if hello["page"]["url"].endswith("/velos/city-8")]
    assert all(hello["window"]["width"] < 500 and hello["device"]["touch_points"] == 5 for hello in phones)
    assert {hello["data"]["product_name"] for hello in phones} == {"city 8"}


@pytest.mark.usefixtures("_everybody_engages")
async def test_conversations_are_answered_and_closed(log: Path) -> None:
    async with open_shop("invitation") as shop:
        figures = await replayed(log, shop)
    assert figures.engaged == 60 == shop.counts()["engage"]
    assert len(figures.conversations) == 60 == len(figures.first_response)
    assert figures.conversations_seen("assigned") == 60 == figures.conversations_seen("queued")
    assert figures.messages == shop.counts()["say"] >= 60
    assert figures.rated == shop.counts()["rate"] > 0
    assert shop.counts()["agent close"] > 0
    assert figures.rule_names == {"r1": "Welcome / Everywhere"}
    agent_status = [message["status"] for message in shop.messages("agent status")]
    assert agent_status.count("online") >= 2
    assert agent_status[-2:] == ["offline", "offline"]
    assert not figures.errors


@pytest.mark.usefixtures("_everybody_engages")
async def test_offline_forms_are_filled_in(log: Path) -> None:
    async with open_shop("offline_form") as shop:
        figures = await replayed(log, shop, agents=())
    assert figures.offline_forms == 60 == shop.counts()["offline_form"]
    assert all(form["email"] and form["engagement"] for form in shop.messages("offline_form"))
    assert not figures.conversations


@pytest.mark.usefixtures("_nobody_engages")
async def test_a_seed_gives_the_same_visitors_again(log: Path) -> None:
    sent = []
    for _ in range(2):
        async with open_shop() as shop:
            await replayed(log, shop, seed=7)
            sent.append(sorted(str(hello["window"]) + hello["page"]["id"] for hello in shop.messages("hello")))
    assert sent[0] == sent[1]


async def test_a_refused_site_is_told_with_the_servers_reason(log: Path) -> None:
    async with open_shop() as shop:
        with pytest.raises(RefusedByServer, match="unknown site"):
            await replay(Options(log=log, url=shop.url, site="other"), shop.ticket)


async def test_a_refused_agent_is_told_with_the_servers_reason(log: Path) -> None:
    async def wrong(_: str) -> str:
        return "wrong"

    async with open_shop() as shop:
        with pytest.raises(RefusedByServer, match="unknown ticket"):
            await replay(Options(log=log, url=shop.url, site="shop", agents=("ana@example.com",)), wrong)


async def test_what_cannot_begin_is_said_in_one_sentence(log: Path, tmp_path: Path) -> None:
    async with open_shop() as shop:
        with pytest.raises(ReplayError, match=r"the log .*absent\.log cannot be read"):
            await replayed(tmp_path / "absent.log", shop)
        with pytest.raises(ReplayError, match="visitors must be 1 to 280"):
            await replayed(log, shop, visitors=0)
        url = shop.url
    with pytest.raises(ReplayError, match=f"no conversation router answers at {url}"):
        await replayed(log, shop)


async def test_a_server_that_goes_away_is_counted_and_not_a_crash(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop() as shop:
        monkeypatch.setattr(shop, "fails_after", 40)
        figures = await replayed(log, shop, agents=())
    assert figures.visits_done == 60
    assert figures.errors["visitor lost"] > 0
