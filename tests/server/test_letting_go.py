"""Visits that a process lets go or gets: the store learns of it in the end, and whether the visitor is there."""

from functools import partial
from unittest.mock import AsyncMock

import pytest
from msgspec.structs import replace

from router.backends.redis.workers import RedisWorkers
from router.core.visitors.visit import Visit
from router.core.vocabulary.ids import ConversationId
from router.engine.live_site import LiveSite
from router.ports import StoreUnavailable
from router.settings import Settings
from tests.server.client import Message
from tests.server.serving import Server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Visitors who are gone are kept for a second."""
    return replace(settings, visitor_kept_seconds=1.0)


def only(server: Server) -> tuple[LiveSite, Visit]:
    """The site, and the only visit in it."""
    (live,) = server.sites.values()
    (visit,) = live.visits.values()
    return live, visit


async def is_owned(server: Server, visit: Visit) -> bool:
    """Tell whether the store says that a process owns it."""
    (site,) = server.sites
    return bool(await server.redis.exists(f"{{{site}}}:owner:{visit.visitor}"))


async def is_gone(server: Server, conversation: str) -> bool:
    """Tell whether the store says that the visitor of a conversation is not there."""
    (site,) = server.sites
    known, _ = await server.node.store.conversations.load(site, ConversationId(conversation))
    return known.visitor_gone_at is not None


async def let_go(server: Server, visit: Visit, away: pytest.MonkeyPatch) -> None:
    """What a process does that gives a visit away; the store takes no word of it until `away` ends."""
    (live,) = server.sites.values()
    away.setattr(RedisWorkers, "release", AsyncMock(side_effect=StoreUnavailable("a test")))
    live.forget(visit)
    with pytest.raises(StoreUnavailable):
        await server.node.ownership.release(live, [visit])


async def write_elsewhere(server: Server, ack: Message) -> None:
    """The visitor goes on with a closed conversation by another process, which then has to give her up."""
    ((site, live),) = server.sites.items()
    conversations = server.node.store.conversations
    closed, _ = await conversations.load(site, ConversationId(ack["conversation"]))
    plan = live.plan_of(closed, live.clock.now())
    assert plan is not None
    await conversations.reopen(
        site, closed.id, visitor=closed.visitor, client_msg_id="m2", text="two", name=None, plan=plan, card=b"{}"
    )


async def test_a_visit_that_was_let_go_is_given_free_though_the_store_was_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.visitor_on("/")
    _, visit = only(server)
    await server.until(partial(is_owned, server, visit))
    with monkeypatch.context() as away:
        await let_go(server, visit, away)
        assert await is_owned(server, visit)

    async def is_free() -> bool:
        return not await is_owned(server, visit)

    await server.until(is_free)


async def test_who_left_before_her_conversation_was_opened_again_is_gone(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.end(await ana.assigned())
    await visitor.close()
    live, _ = only(server)
    await server.until(lambda: bool(live.leaving))
    await write_elsewhere(server, ack)
    assert (await ana.expect("conversation", state="closed", last_seq=2))["reason"] == "visitor_gone"


async def test_whose_visit_was_let_go_is_gone_when_her_conversation_is_opened_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.end(await ana.assigned())
    await visitor.expect("conversation", state="closed")
    _, visit = only(server)
    await server.until(partial(is_owned, server, visit))
    with monkeypatch.context() as away:
        await let_go(server, visit, away)
        await write_elsewhere(server, ack)
        assert (await ana.expect("conversation", state="closed", last_seq=2))["reason"] == "visitor_gone"


async def test_whose_visit_is_ours_at_last_is_here(server: Server) -> None:
    ana = await server.online("ana")
    _, ack = await server.writer("one")
    await ana.assigned()
    live, visit = only(server)
    conversation = ConversationId(ack["conversation"])
    await server.until(partial(is_owned, server, visit))
    await server.node.store.conversations.note_visitor(
        live.site.id, conversation, here=False, worker=server.node.worker
    )
    assert await is_gone(server, conversation)
    live.unclaimed.add(visit)

    async def is_back() -> bool:
        return not await is_gone(server, conversation)

    await server.until(is_back)
