"""Several processes do at random all that can be done; between their changes the invariants hold."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from router.backends.embedded import EmbeddedStore
from router.backends.redis.connection import connect
from router.backends.redis.scripts import Scripts
from router.core.conversations.conversation import Conversation, Sender
from router.core.presence.agent import Status
from router.core.routing.plan import RoutingPlan
from router.core.routing.routing_rule import Mode, Then
from router.core.vocabulary.ids import AgentId, GroupId, VisitorId
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import Refused, Renewal
from tests.contracts.invariants import broken_invariants, nobody_waits_in_vain, picture_of
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan

MEMBERS = {
    GroupId("sales"): (AgentId("ana"), AgentId("bob")),
    GroupId("support"): (AgentId("bob"), AgentId("sam"), AgentId("robo")),
}
AGENTS = ("ana", "bob", "sam", "robo", "boss")
VISITORS = tuple(f"visitor-{number}" for number in range(12))
WORKERS = ("one", "two")
PROCESSES = 4
ROUNDS = 20
CHANGES_A_ROUND = 12

SALES_FIRST = plan(
    group("sales", *MEMBERS[GroupId("sales")], overflow_after=20),
    group("support", *MEMBERS[GroupId("support")]),
    max_wait=Milliseconds(400),
)
TOGETHER = plan(
    *(group(name, *members) for name, members in MEMBERS.items()),
    mode=Mode.ALL_TOGETHER,
    max_wait=MINUTE,
    then=Then.CLOSE,
)
NO_QUEUE = plan(group("sales", *MEMBERS[GroupId("sales")]), max_wait=None)
PLANS = (SALES_FIRST, TOGETHER, NO_QUEUE)
SUPPORT = plan(group("support", *MEMBERS[GroupId("support")]), max_wait=MINUTE)

HASTY = (
    "first_answer_within",
    "grace",
    "answered_kept",
    "inactive_after",
    "inactive_grace",
    "visitor_kept",
    "idle_after",
)
"""Of these times some are over at once in some processes, so that all that time brings happens."""


def groups_of(agent: str) -> tuple[GroupId, ...]:
    return tuple(name for name, members in MEMBERS.items() if agent in members)


ALL_GROUPS = {AgentId(agent): groups_of(agent) for agent in AGENTS}


class Process:
    """One that does something at random, with what it happens to know; refusals are answers like others."""

    def __init__(self, shop: Shop, dice: random.Random, number: int) -> None:
        self._shop = shop
        self._dice = dice
        self._number = number
        self._count = 0
        self._known: list[Conversation] = []
        self._do: list[Callable[[], Awaitable[object]]] = [
            self._write,
            self._write,
            self._write,
            self._go_on,
            self._answer,
            self._answer,
            self._close,
            self._leave,
            self._hand_to_agent,
            self._hand_to_group,
            self._take,
            self._reopen,
            self._note_visitor,
            self._bury,
            self._connect,
            self._connect,
            self._hang_up,
            self._choose,
            self._choose,
            self._choose,
            self._renew,
            self._settle,
            self._settle,
        ]

    async def change(self) -> None:
        """Do one thing."""
        try:
            await self._dice.choice(self._do)()
        except Refused:
            return

    def _some(self) -> Conversation:
        if not self._known:
            raise Refused("not_found")
        return self._dice.choice(self._known[-15:])

    def _agent(self) -> AgentId:
        return AgentId(self._dice.choice(AGENTS))

    def _plan(self, conversation: Conversation | None = None) -> RoutingPlan:
        is_handed_over = conversation is not None and conversation.target is not None
        return SUPPORT if is_handed_over else self._dice.choice(PLANS)

    def _fresh(self) -> str:
        self._count += 1
        return f"{self._number}-{self._count}"

    def _patience(self) -> Shop:
        """A shop with other times each time."""
        chosen = self._dice.sample(HASTY, self._dice.choice([0, 1, 2, 3]))
        return self._shop.with_times(**dict.fromkeys(chosen, AT_ONCE))

    async def _write(self) -> None:
        opened, _ = await self._patience().write(
            self._dice.choice(VISITORS),
            self._plan(),
            client_msg_id=self._fresh(),
            priority=self._dice.choice([10, 100]),
            offline_form=self._dice.random() < 0.05,
        )
        self._known.append(opened)

    async def _go_on(self) -> None:
        await self._patience().add(self._some(), self._fresh())

    async def _answer(self) -> None:
        conversation = await self._shop.look(self._some().id)
        sender = Sender.BOT if conversation.agent == "robo" else Sender.AGENT
        await self._patience().conversations.say(
            SITE,
            conversation.id,
            sender=sender,
            sender_id=conversation.agent or self._agent(),
            client_msg_id=self._fresh(),
            text="Yes",
            note=self._dice.random() < 0.1,
        )

    async def _close(self) -> None:
        conversation = await self._shop.look(self._some().id)
        await self._end(conversation, conversation.version)

    async def _leave(self) -> None:
        await self._end(self._some(), None)

    async def _end(self, conversation: Conversation, version: int | None) -> None:
        await self._patience().conversations.close(
            SITE,
            conversation.id,
            by="somebody",
            version=version,
            outcome=None,
            agent_groups=ALL_GROUPS,
            plan=self._plan(conversation),
        )

    async def _hand_to_agent(self) -> None:
        conversation = await self._shop.look(self._some().id)
        await self._patience().hand(conversation, to=self._agent())

    async def _hand_to_group(self) -> None:
        conversation = await self._shop.look(self._some().id)
        await self._patience().hand(conversation, to_group=SUPPORT)

    async def _take(self) -> None:
        await self._patience().take(await self._shop.look(self._some().id), "boss")

    async def _reopen(self) -> None:
        visitor = VisitorId(self._dice.choice(VISITORS))
        closed = await self._shop.conversations.last_of_visitor(SITE, visitor)
        if closed is not None:
            await self._patience().write_again(closed, self._plan(closed), self._fresh())

    async def _note_visitor(self) -> None:
        await self._patience().conversations.note_visitor(
            SITE, self._some().id, here=self._dice.random() < 0.5, worker=self._dice.choice(WORKERS)
        )

    async def _bury(self) -> None:
        if self._dice.random() < 0.2:
            await self._patience().presence.bury(SITE, self._dice.choice(WORKERS))

    def _device(self) -> str:
        return f"{self._dice.choice(WORKERS)}:{self._dice.choice(['desk', 'phone'])}"

    async def _connect(self) -> None:
        agent = self._agent()
        shop = self._patience()
        presence = await shop.presence.connect(SITE, agent, device=self._device(), capacity=2, bot=agent == "robo")
        if presence.free:
            await shop.presence.serve(SITE, agent, groups_of(agent))

    async def _hang_up(self) -> None:
        await self._patience().presence.disconnect(SITE, self._agent(), device=self._device())

    async def _choose(self) -> None:
        agent = self._agent()
        status = self._dice.choice([Status.ONLINE, Status.ONLINE, Status.ONLINE, Status.AWAY, None])
        await self._patience().choose(agent, status, groups=groups_of(agent))

    async def _renew(self) -> None:
        agent = self._agent()
        age = Milliseconds(self._dice.choice([0, 3000, 14_990, 20_000]))
        await self._patience().presence.renew(SITE, [Renewal(agent, self._device(), age, groups_of(agent))])

    async def _settle(self) -> None:
        shop = self._patience()
        for due in await shop.conversations.due(SITE):
            await shop.conversations.settle(SITE, due.id, self._plan(due), ALL_GROUPS)


async def look_at_everything(shop: Shop) -> None:
    """What the processes do within a second when nobody changes anything: give free places to those who wait."""
    for agent in await shop.presence.roster(SITE):
        if agent.connected:
            await shop.presence.serve(SITE, agent.id, groups_of(agent.id))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_done_the_invariants_hold(store: EmbeddedStore, shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    clients = [connect(store.address) for _ in range(PROCESSES)]
    processes = [
        Process(Shop(client, numbers=count(number, PROCESSES)), random.Random(dice.random()), number)
        for number, client in enumerate(clients)
    ]

    async def work(process: Process) -> None:
        for _ in range(CHANGES_A_ROUND):
            await process.change()

    for _ in range(ROUNDS):
        await asyncio.gather(*(work(process) for process in processes))
        assert broken_invariants(await picture_of(shop)) == []
    await look_at_everything(shop)
    assert nobody_waits_in_vain(await picture_of(shop), MEMBERS) == []
    for client in clients:
        await client.aclose()

    kinds = {(fact["kind"], fact.get("reason")) for fact in (await picture_of(shop)).facts}
    assert {("assigned", None), ("closed", None), ("missed_contact", None), ("reopened", None)} <= kinds


@pytest.mark.parametrize("seed", range(4))
async def test_they_hold_of_a_store_that_lost_everything_and_got_it_back(shop: Shop, seed: int) -> None:
    process = Process(shop, random.Random(seed), 0)
    for _ in range(200):
        await process.change()
    before = await picture_of(shop)
    agents = list(before.agents.values())
    told = {"generation": 0, "presences": agents, "changed": agents, "batches": await shop.told_batches()}
    await shop.redis.flushall()
    for _ in range(2):  # two processes that remember the same
        await Scripts(shop.redis).run("restore", SITE, told)
    after = await picture_of(shop)
    assert broken_invariants(after) == []
    assert {one.id: (one.state, one.version, one.agent) for one in after.conversations.values()} == {
        one.id: (one.state, one.version, one.agent) for one in before.conversations.values()
    }
