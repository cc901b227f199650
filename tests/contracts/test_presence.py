"""Presence by leases on the store's clock: who is connected, what was chosen, and since when somebody is free."""

import asyncio

from redis.asyncio import Redis

from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.core.presence.agent import AgentPresence, Status
from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import Milliseconds
from router.ports import Renewal
from tests.contracts.shop import SALES, SITE, Shop, group, plan

ANA = AgentId("ana")
AT_ONCE = Milliseconds(0)


async def _ana(shop: Shop) -> AgentPresence:
    (ana,) = await shop.presence.roster(SITE)
    return ana


async def test_the_first_status_ever_is_offline(shop: Shop) -> None:
    ana = await shop.presence.connect(SITE, ANA, device="worker:desk", capacity=3)
    assert (ana.status, ana.connected, ana.online, ana.capacity) == (Status.OFFLINE, True, False, 3)


async def test_what_was_chosen_survives_a_reload(shop: Shop) -> None:
    await shop.presence.connect(SITE, ANA, device="tab-1", capacity=3)
    await shop.presence.choose(SITE, ANA, status=Status.ONLINE, capacity=5, groups=[])
    gone = await shop.presence.disconnect(SITE, ANA, device="tab-1")
    assert (gone.status, gone.connected, gone.online) == (Status.ONLINE, False, False)
    back = await shop.presence.connect(SITE, ANA, device="tab-2", capacity=2)
    assert (back.status, back.online, back.capacity) == (Status.ONLINE, True, 5)


async def test_the_configured_capacity_holds_until_one_is_chosen(shop: Shop) -> None:
    await shop.online("ana", capacity=3)
    again = await shop.presence.connect(SITE, ANA, device="phone", capacity=4)
    assert again.capacity == 4
    chosen = await shop.presence.choose(SITE, ANA, status=None, capacity=1, groups=[])
    assert (chosen.capacity, chosen.status) == (1, Status.ONLINE)


async def test_one_of_two_devices_is_enough(shop: Shop) -> None:
    await shop.online("ana")
    await shop.presence.connect(SITE, ANA, device="phone", capacity=1)
    assert (await shop.presence.disconnect(SITE, ANA, device="worker:desk")).connected
    assert not (await shop.presence.disconnect(SITE, ANA, device="phone")).connected
    assert (await shop.write("zoe", plan(group("sales", "ana"))))[0].agent is None


async def test_a_lease_runs_out_on_its_own_and_is_renewed(shop: Shop, redis: Redis) -> None:
    brief = RedisPresence(Scripts(redis, times=RoutingTimes(lease=Milliseconds(1))))
    await brief.connect(SITE, ANA, device="worker:desk", capacity=1)
    await shop.presence.choose(SITE, ANA, status=Status.ONLINE, capacity=None, groups=[])
    while (await _ana(shop)).connected:  # noqa: ASYNC110 - the store's clock runs it out
        await asyncio.sleep(0.002)
    assert (await shop.write("zoe", plan(group("sales", "ana"))))[0].agent is None
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", AT_ONCE)])
    assert (await _ana(shop)).online


async def test_coming_online_begins_the_time_of_being_free(shop: Shop) -> None:
    first = (await shop.online("ana")).free_since
    await asyncio.sleep(0.003)
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", AT_ONCE)])
    assert (await _ana(shop)).free_since == first
    same = await shop.choose("ana", Status.ONLINE)
    assert same.free_since == first
    await shop.choose("ana", Status.AWAY)
    back = await shop.choose("ana", Status.ONLINE)
    assert back.free_since > first


async def test_closing_while_not_full_does_not_change_the_time_of_being_free(shop: Shop) -> None:
    await shop.online("ana", capacity=3)
    conversation, _ = await shop.write("zoe", plan(group("sales", "ana")))
    assigned_at = (await _ana(shop)).free_since
    await shop.close(conversation.id)
    assert (await _ana(shop)).free_since == assigned_at


async def test_sites_do_not_see_each_other(shop: Shop) -> None:
    await shop.online("ana")
    assert await shop.presence.roster(SiteId("site-2")) == []


async def test_a_lease_that_is_alive_again_gets_whoever_waits(shop: Shop, redis: Redis) -> None:
    brief = RedisPresence(Scripts(redis, times=RoutingTimes(lease=Milliseconds(1))))
    to_sales = plan(group("sales", "ana", "bob"))
    await shop.online("bob")
    await shop.write("yan", to_sales)
    await brief.connect(SITE, ANA, device="worker:desk", capacity=1)
    await shop.presence.choose(SITE, ANA, status=Status.ONLINE, capacity=None, groups=[])
    while ANA in [one.id for one in await shop.presence.roster(SITE) if one.connected]:  # noqa: ASYNC110 - the store's clock runs it out
        await asyncio.sleep(0.002)
    conversation, _ = await shop.write("zoe", to_sales)
    assert conversation.agent is None
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", AT_ONCE, (SALES,))])
    assert (await shop.look(conversation.id)).agent == ANA
