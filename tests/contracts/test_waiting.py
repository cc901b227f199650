"""Waiting on the shared store: the order of the line, overflow to the next group, and the end of a wait."""

import asyncio

import pytest

from router.core.conversations.conversation import Conversation, State
from router.core.routing.routing_rule import Then
from router.core.routing.waiting_line import place_in_line
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import MINUTE, Milliseconds
from tests.contracts.shop import AT_ONCE, SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))
SUPPORT = GroupId("support")


async def until_due(shop: Shop, conversation: Conversation) -> None:
    """Wait until the store says that the conversation is to be looked at."""
    while conversation.id not in [one.id for one in await shop.conversations.due(SITE)]:  # noqa: ASYNC110 - polled, as the server does
        await asyncio.sleep(0.005)


async def test_the_line_is_served_by_priority_and_then_by_time(shop: Shop) -> None:
    await shop.online("ana")
    held, _ = await shop.write("v", TO_SALES)
    waiting = []
    for i, priority in enumerate([100, 100, 10, 100, 2000, 10]):
        conversation, _ = await shop.write(f"v{i}", TO_SALES, priority=priority)
        waiting.append(conversation)
    assert [conversation.position for conversation in waiting] == [1, 2, 1, 4, 5, 2]
    expected = [conversation.id for conversation in sorted(waiting, key=place_in_line)]
    served = []
    for _ in waiting:
        await shop.close(held.id)
        (held,) = await shop.conversations.open_of_agent(SITE, AgentId("ana"))
        served.append(held.id)
    assert served == expected


async def test_a_busy_group_overflows_to_the_next_when_its_time_has_come(shop: Shop) -> None:
    await shop.online("ana")
    await shop.online("bob", groups=[SUPPORT])
    await shop.write("v1", TO_SALES)
    patient = plan(
        group("sales", "ana", overflow_after=MINUTE), group("support", "bob"), max_wait=Milliseconds(2 * MINUTE)
    )
    waiting, _ = await shop.write("v2", patient)
    assert (waiting.state, waiting.group) == (State.QUEUED, SALES)
    assert (await shop.conversations.settle(SITE, waiting.id, patient, {})).state is State.QUEUED
    hasty = plan(group("sales", "ana", overflow_after=AT_ONCE), group("support", "bob"))
    waiting, _ = await shop.write("v3", hasty)
    await until_due(shop, waiting)
    served = await shop.conversations.settle(SITE, waiting.id, hasty, {})
    assert (served.agent, served.group) == ("bob", SUPPORT)
    assert (await shop.conversations.settle(SITE, waiting.id, hasty, {})) == served


async def test_overflow_adds_the_line_of_the_next_group(shop: Shop) -> None:
    await shop.online("ana")
    await shop.online("bob", groups=[SUPPORT])
    hasty = plan(group("sales", "ana", overflow_after=AT_ONCE), group("support", "bob"))
    await shop.write("v1", hasty)
    other, _ = await shop.write("v2", plan(group("support", "bob")))
    waiting, _ = await shop.write("v3", hasty)
    await until_due(shop, waiting)
    waiting = await shop.conversations.settle(SITE, waiting.id, hasty, {})
    assert (waiting.state, waiting.position, waiting.group) == (State.QUEUED, 1, SALES)
    await shop.close(other.id, serves=[SUPPORT])
    served = await shop.look(waiting.id)
    assert (served.agent, served.group) == ("bob", SUPPORT)


@pytest.mark.parametrize(
    ("then", "is_anybody_there", "state", "cause"),
    [
        (Then.OFFLINE_FORM, True, State.OFFLINE, "busy"),
        (Then.CLOSE, True, State.CLOSED, "busy"),
        (Then.OFFLINE_FORM, False, State.OFFLINE, "absent"),
    ],
)
async def test_a_wait_that_is_too_long_ends(
    shop: Shop, then: Then, is_anybody_there: bool, state: State, cause: str
) -> None:
    await shop.online("ana")
    hasty = plan(group("sales", "ana"), max_wait=AT_ONCE, then=then)
    await shop.write("v1", hasty)
    waiting, _ = await shop.write("v2", hasty)
    assert waiting.state is State.QUEUED
    await until_due(shop, waiting)
    if not is_anybody_there:
        await shop.presence.disconnect(SITE, AgentId("ana"), device="worker:desk")
    assert (await shop.conversations.settle(SITE, waiting.id, hasty, {})).state is state
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == [cause]
    assert await shop.conversations.due(SITE) == []


async def test_nobody_is_due_before_the_time(shop: Shop) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    waiting, _ = await shop.write("v2", TO_SALES)
    assert await shop.conversations.due(SITE) == []
    assert (await shop.conversations.settle(SITE, waiting.id, TO_SALES, {})) == waiting


async def test_leaving_the_line_is_a_missed_contact(shop: Shop) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    first, _ = await shop.write("v2", TO_SALES)
    second, _ = await shop.write("v3", TO_SALES)
    assert second.position == 2
    assert (await shop.close(first.id, plan=TO_SALES)).state is State.CLOSED
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == ["busy"]
    assert await shop.told("closed") == []
    assert (await shop.look(second.id)).position == 1


async def test_when_the_last_of_a_busy_group_leaves_the_next_group_is_asked_without_waiting_for_the_overflow(
    shop: Shop,
) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    patient = plan(group("sales", "ana", overflow_after=MINUTE), group("support", "bob"))
    waiting, _ = await shop.write("v2", patient)
    now = int((await shop.redis.time())[0]) * 1000
    assert await shop.redis.zscore("{site-1}:due", waiting.id) <= now + 6000  # type: ignore[operator]
    await shop.online("bob", groups=[SUPPORT])
    assert (await shop.look(waiting.id)).state is State.QUEUED
    await shop.hang_up("ana")
    assert (await shop.conversations.settle(SITE, waiting.id, patient, {})).agent == "bob"


async def test_with_everybody_gone_it_waits_in_every_line(shop: Shop) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    patient = plan(group("sales", "ana", overflow_after=MINUTE), group("support", "bob"))
    waiting, _ = await shop.write("v2", patient)
    await shop.hang_up("ana")
    assert (await shop.conversations.settle(SITE, waiting.id, patient, {})).state is State.QUEUED
    await shop.online("bob", groups=[SUPPORT])
    assert (await shop.look(waiting.id)).agent == "bob"


async def test_a_wait_that_no_routing_rule_takes_any_more_ends(shop: Shop) -> None:
    await shop.online("ana")
    held, _ = await shop.write("v1", TO_SALES)
    waiting, _ = await shop.write("v2", TO_SALES)
    assert (await shop.conversations.settle(SITE, waiting.id, None, {})).state is State.OFFLINE
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == ["absent"]
    assert await shop.conversations.settle(SITE, held.id, None, {}) == held
