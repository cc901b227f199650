"""One site on two servers and one store: a visitor has one visit, wherever her tabs and her agents are."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress

import orjson
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed

from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.engine.letters import Letter, encode_letter
from router.settings import Settings
from tests.server.client import Message, Visitor
from tests.server.serving import SECRET, Server, open_servers, shop_document


@pytest_asyncio.fixture
async def servers(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Server]]:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_servers(settings, count=2) as opened:
        yield opened


async def two_tabs(servers: list[Server], path: str = "/") -> tuple[Visitor, Visitor]:
    """Tabs of one visitor, the first on the first server."""
    here, there = servers
    one, other = await here.visitor(), await there.visitor()
    first = await one.hello(path)
    second = await other.hello(path, visitor=first["visitor"])
    assert second["visit"] == first["visit"]
    assert second["worker"] != first["worker"]
    return one, other


async def test_tabs_on_two_servers_are_one_visit(servers: list[Server]) -> None:
    await two_tabs(servers)
    assert len(await servers[0].facts("visit_started")) == 1


async def test_pages_of_both_tabs_count(servers: list[Server]) -> None:
    await servers[0].online("ana")
    one, other = await two_tabs(servers)
    await other.view("/2")
    await other.until_counted()
    await one.view("/button")
    await one.offered()
    await one.say("Hello")
    watching = await servers[1].desk("ana")
    (held,) = watching.welcome["conversations"]
    assert held["visitor"]["pages_viewed"] == 4


async def test_what_is_once_in_a_visit_is_once_over_both_servers(servers: list[Server]) -> None:
    await servers[0].online("ana")
    one, other = await two_tabs(servers)
    await other.view("/invite")
    offer = await other.offered()
    await other.until_counted()
    await one.view("/invite")
    await one.view("/button")
    assert (await one.expect("offer"))["action"] == "button", "the invitation was shown in the other tab"
    await other.send("dismiss", engagement=offer["engagement"])
    await other.view("/button")
    assert (await other.expect("offer"))["action"] == "button"


async def test_every_message_reaches_both_tabs_once(servers: list[Server]) -> None:
    ana = await servers[1].online("ana")
    one, other = await two_tabs(servers, "/button")
    await other.offered()
    conversation = (await other.say("From there"))["conversation"]
    await ana.assigned()
    await one.say("From here")
    await ana.say(conversation, "To both")
    for tab, own, foreign in ((one, "From here", "From there"), (other, "From there", "From here")):
        await tab.expect("message", text="To both")
        await tab.expect("message", text=foreign)
        assert not [each for each in await tab.rest() if each["type"] == "message"], own
        assert [each["seq"] for each in tab.heard if each["type"] in ("message", "ack")] == [1, 2, 3]


async def test_an_agent_elsewhere_serves_and_closes(servers: list[Server]) -> None:
    ana = await servers[1].online("ana")
    eva = await servers[0].visitor_on("/button")
    await eva.offered()
    await eva.say("Hello")
    assigned = await ana.assigned()
    await ana.say(assigned["conversation"], "Good day")
    assert (await eva.expect("message", text="Good day"))["from"] == "agent"
    await eva.send("typing", on=True)
    assert (await ana.expect("typing"))["on"]
    await ana.end(assigned)
    await eva.expect("conversation", state="closed")


async def test_whoever_comes_back_elsewhere_takes_her_visit_along(servers: list[Server]) -> None:
    here, there = servers
    await here.online("ana")
    eva = await here.visitor()
    first = await eva.hello("/invite", tab="t")
    offer = await eva.offered()
    await eva.send("dismiss", engagement=offer["engagement"])
    await eva.until_counted()
    await eva.close()
    again = await there.visitor()
    second = await again.hello("/invite", visitor=first["visitor"], tab="t")
    assert (second["visit"], second["worker"] != first["worker"]) == (first["visit"], True)
    await again.view("/button")
    assert (await again.expect("offer"))["action"] == "button", "the invitation was dismissed in this visit"
    (site,) = here.sites.values()
    assert not site.visits, "the first server keeps nothing of what it gave away"


@pytest.mark.parametrize("round_", range(5))
async def test_tabs_that_come_at_once_everywhere_are_one_visit(servers: list[Server], round_: int) -> None:
    before = await servers[0].visitor()
    first = await before.hello("/")
    if round_ % 2:
        await before.close()
    tabs = [await servers[number % 2].visitor() for number in range(8)]
    welcomes = await asyncio.gather(*(tab.hello("/", visitor=first["visitor"]) for tab in tabs))
    assert {welcome["visit"] for welcome in welcomes} == {first["visit"]}
    for tab in tabs:
        await tab.until_counted()
    assert sum(len(site.visits) for server in servers for site in server.sites.values()) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_however_tabs_come_and_go_a_visitor_has_one_visit(servers: list[Server], seed: int) -> None:
    chance = random.Random(seed)

    async def come_and_go() -> None:
        """Three tabs of one visitor, each opened, closed and opened again on any server; a message now and then."""
        first = await chance.choice(servers).visitor()
        token = (await first.hello("/"))["visitor"]
        tabs: list[Visitor | None] = [first, None, None]
        for _ in range(30):
            place = chance.randrange(len(tabs))
            tab, tabs[place] = tabs[place], None
            if tab is not None and chance.random() < 0.8:
                await tab.close()
            while tabs[place] is None and (chance.random() < 0.8 or not any(tabs)):
                new = await chance.choice(servers).visitor()
                with suppress(ConnectionClosed):  # it is to come again
                    await new.hello("/", visitor=token, tab=f"tab {place}")
                    await new.until_counted()
                    tabs[place] = new
        visits = set()
        for each in [tab for tab in tabs if tab is not None]:
            with suppress(ConnectionClosed):  # its visit went elsewhere with another tab
                await each.view("/last")
                await each.until_counted()
            visits |= {message["visit"] for message in each.heard if message["type"] == "welcome"}
        assert len(visits) == 1

    await asyncio.gather(*(come_and_go() for _ in range(8)))
    held = [visit.visitor for server in servers for site in server.sites.values() for visit in site.visits.values()]
    assert len(held) == len(set(held)) == 8


async def test_a_half_open_socket_is_left_behind(servers: list[Server]) -> None:
    here, there = servers
    stale = await here.visitor()
    first = await stale.hello("/", tab="t")
    moved = await there.visitor()
    second = await moved.hello("/", visitor=first["visitor"], tab="t")
    assert second["visit"] == first["visit"]
    assert await stale.closed() == (1000, "the tab opened another socket")
    await moved.until_counted()


async def test_of_a_visit_that_is_given_away_nothing_is_kept(servers: list[Server]) -> None:
    here, there = servers
    await here.online("ana")
    eva, _ = await here.writer()
    token = eva.heard[0]["visitor"]
    for server in (here, there):  # first she is told her conversation here; then that socket is half-open
        tab = await server.visitor()
        welcome = await tab.hello("/button", visitor=token, tab="t")
        assert welcome["conversation"]["state"] == "assigned"
        await eva.close()
    (site,) = here.sites.values()
    assert not any((site.visits, site.by_visitor, site.unsaved, site.unclaimed, site.claimed, site.leaving))
    assert not any((site.told, site.waiting))


async def test_a_forwarded_tab_that_closes_is_gone_at_the_owner(servers: list[Server]) -> None:
    one, other = await two_tabs(servers)
    await other.close()
    (site,) = servers[0].sites.values()
    (visit,) = site.visits.values()
    await servers[0].until(lambda: [tab.link is not None for tab in visit.tabs] == [True, False])
    await one.until_counted()


async def test_visitors_without_consent_are_nobodys(servers: list[Server], redis: Redis) -> None:
    here, there = servers
    first = await (await here.visitor()).hello("/", consent=False)
    second = await (await there.visitor()).hello("/", consent=False, visitor=first["visitor"])
    assert second["visit"] != first["visit"]
    assert [key async for key in redis.scan_iter("{*}:owner:*")] == []


async def test_a_malformed_frame_of_a_forwarded_tab_is_answered(servers: list[Server]) -> None:
    _, other = await two_tabs(servers)
    await other.send("page", id="p")
    assert (await other.expect("error"))["field"] == "url"
    for _ in range(2):
        await other.send("page", id="p")
    code, reason = await other.closed()
    assert (code, reason) == (1008, "malformed messages")


async def test_a_flood_ends_where_its_socket_is(servers: list[Server]) -> None:
    one, other = await two_tabs(servers)
    with suppress(ConnectionClosed):
        for _ in range(2_000):
            await other.send("ping")
    assert await other.closed() == (1008, "flood")
    (visit,) = next(iter(servers[0].sites.values())).visits.values()
    await servers[0].until(lambda: [tab.link is not None for tab in visit.tabs] == [True, False])
    await one.until_counted()


async def test_a_lost_letter_begins_a_forwarded_tab_anew(servers: list[Server], redis: Redis) -> None:
    one, other = await two_tabs(servers)
    owner, forwarder = one.heard[0]["worker"], other.heard[0]["worker"]
    after_many_that_were_lost = encode_letter(Letter(forwarder, 1, 1000, []))
    await RedisWorkers(redis, Scripts(redis)).post(owner, after_many_that_were_lost)
    code, reason = await other.closed()
    assert (code, orjson.loads(reason)) == (1012, {"retry_after": 1})
    await one.until_counted()


async def test_a_forwarded_tab_outlives_a_store_that_stands_still(servers: list[Server], redis: Redis) -> None:
    await servers[0].online("ana")
    _, other = await two_tabs(servers)
    await redis.client_pause(1_500)
    for number in range(5):
        await other.view(f"/{number}")
    await other.view("/button")
    assert (await other.offered())["action"] == "button"
    (visit,) = next(iter(servers[0].sites.values())).visits.values()
    assert visit.pages_viewed == 8


async def test_whoever_counted_as_dead_lets_go_of_what_others_took(servers: list[Server], redis: Redis) -> None:
    here, there = servers
    one = await here.visitor()
    first = await one.hello("/", tab="t")
    kept = await here.visitor_on("/")
    worker = (await (await there.visitor()).hello("/"))["worker"]
    ((site_id, site),) = here.sites.items()
    async with redis.pipeline(transaction=True) as taking_over:
        taking_over.set(f"{{{site_id}}}:owner:{site.visits[first['visit']].visitor}", worker)
        taking_over.zadd(f"{{{site_id}}}:workers", {first["worker"]: 0})
        await taking_over.execute()
    code, reason = await one.closed()
    assert (code, orjson.loads(reason)) == (1012, {"retry_after": 1})
    assert first["visit"] not in site.visits
    await kept.until_counted()


async def test_a_configuration_reaches_both(servers: list[Server]) -> None:
    one, other = await servers[0].visitor_on("/button"), await servers[1].visitor_on("/button")
    await servers[0].online("ana")
    offers: list[Message] = [await tab.offered() for tab in (one, other)]
    assert len(offers) == 2
    document = shop_document()
    document["campaigns"][0]["status"] = "suspended"
    await servers[0].apply(document)
    await one.expect("withdraw")
    await other.expect("withdraw")
