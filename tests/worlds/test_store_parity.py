"""The store of the worlds and the real one, asked the same, answer the same: so worlds tell something of the scripts.

The real store reads its clock from a key here, so that both live at the same instant, to the millisecond.
"""

import random
from typing import Any, cast

import msgspec
import pytest
from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import RedisFacts
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts, hash_of
from router.backends.redis.workers import RedisWorkers
from router.core.conversations.conversation import Conversation, Sender
from router.core.presence.agent import Status
from router.core.routing.plan import RoutingPlan
from router.core.routing.routing_rule import AgentChoice, Mode, Then
from router.core.vocabulary.ids import (
    AgentId,
    CampaignId,
    ConversationId,
    GroupId,
    RoutingRuleId,
    RuleId,
    SiteId,
    VisitId,
    VisitorId,
)
from router.core.vocabulary.values import SECOND, Instant, Milliseconds
from router.ports import NewConversation, Refused, Renewal
from tests.conftest import PATIENCE_S
from tests.contracts.shop import group
from tests.worlds.model.conversations import ConversationsModel
from tests.worlds.model.presence import PresenceModel
from tests.worlds.model.store import StoreModel
from tests.worlds.model.workers import WorkersModel
from tests.worlds.process import BEGINNING_MS
from tests.worlds.world import TIMES

SITE = SiteId("site-1")
AGENTS = [AgentId(name) for name in ("ana", "ben", "carl", "dora")]
MEMBERS = {"sales": ("ana", "ben"), "support": ("ben", "carl", "dora"), "night": ("dora",)}
VISITORS = [VisitorId(f"visitor-{number}") for number in range(8)]
WORKERS = ["p1", "p2"]
STEPS = 400

CLOCK = "clock"
"""The key by which the scripts read the time, in ms."""


class ClockedScripts(Scripts):
    """The scripts, which take the time from a key."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis, times=TIMES, call_seconds=PATIENCE_S)
        reads_clock = "local time = redis.call('TIME')"
        assert all(reads_clock in source for source in self._sources.values())
        from_key = f"local at = redis.call('GET', '{CLOCK}') local time = {{math.floor(at / 1000), at % 1000 * 1000}}"
        self._sources = {name: source.replace(reads_clock, from_key) for name, source in self._sources.items()}
        self._hashes = {name: hash_of(source) for name, source in self._sources.items()}


class Both:
    """The two stores, and chance that asks them the same."""

    def __init__(self, redis: Redis, seed: int) -> None:
        scripts = ClockedScripts(redis)
        self.dice = random.Random(seed)
        self.now = Instant(BEGINNING_MS)
        self._redis = redis
        self._real = (RedisConversations(scripts), RedisPresence(scripts), RedisWorkers(redis, scripts))
        self._store = StoreModel(lambda: self.now, lambda site, news: None, lambda site: None, TIMES)
        self._model = (
            ConversationsModel(self._store),
            PresenceModel(self._store),
            WorkersModel(self._store, self.dice),
        )
        self._numbers = 0
        self.asked: list[str] = []
        self.put_off = 0

    async def pass_time(self) -> None:
        """A moment, and now and then seconds: leases run out, waits end."""
        self.now = Instant(self.now + self.dice.choice([1, 2, 7, 40, 300, 1_100, 2_500]))
        await self._redis.set(CLOCK, self.now)

    async def ask(self, what: str, /, *args: Any, **more: Any) -> Any:
        """Ask both stores the same, and compare what they answer."""
        self.asked.append(f"{self.now} {what} {args} {more}")
        which = next(which for which, model in enumerate(self._model) if hasattr(model, what))
        expected, got = None, None
        try:
            expected = getattr(self._model[which], what)(SITE, *args, **more)
        except Refused as refused:
            expected = refused.code
        try:
            got = await getattr(self._real[which], what)(SITE, *args, **more)
        except Refused as refused:
            got = refused.code
        if what == "due":
            got = await self._put_off_excepted(cast("list[Conversation]", got), cast("list[Conversation]", expected))
        assert plain(got) == plain(expected), "\n".join(self.asked[-30:])
        return expected

    async def _put_off_excepted(self, due: list[Conversation], expected: list[Conversation]) -> list[Conversation]:
        """What a message put off is due once more in the real store, until it is settled and nothing is done."""
        put_off = {each.id for each in due} - {each.id for each in expected}
        for each in put_off:
            self.put_off += 1
            await self.ask("settle", each, self.plan(), self.agent_groups)
        still_due = await self._real[0].due(SITE)
        assert not put_off & {each.id for each in still_due}, "\n".join(self.asked[-30:])
        return [each for each in due if each.id not in put_off]

    async def compare_everything(self) -> None:
        """Compare all that can be asked, and what was recorded."""
        for conversation in list(self._store.tables(SITE).conversations):
            await self.ask("load", conversation)
        await self.ask("roster")
        for agent in AGENTS:
            await self.ask("open_of_agent", agent)
        for visitor in VISITORS:
            await self.ask("open_of_visitor", visitor)
        recorded = [plain(fact) async for fact in RedisFacts(self._redis).read(SITE)]
        assert recorded == [plain(fact) for fact in self._store.tables(SITE).facts], "\n".join(self.asked[-30:])

    # -- by chance

    def plan(self) -> RoutingPlan:
        chosen = self.dice.sample(list(MEMBERS), self.dice.randint(1, 3))
        return RoutingPlan(
            routing_rule=RoutingRuleId("rule"),
            mode=self.dice.choice(list(Mode)),
            agent_choice=self.dice.choice(list(AgentChoice)),
            groups=tuple(
                group(
                    name,
                    *MEMBERS[name],
                    is_open=self.dice.random() < 0.9,
                    overflow_after=self.dice.choice([None, 2 * SECOND]),
                    share=self.dice.choice([20, 50]),
                )
                for name in chosen
            ),
            max_wait=self.dice.choice([None, Milliseconds(5 * SECOND), Milliseconds(20 * SECOND)]),
            then=self.dice.choice(list(Then)),
            day="2026-11-22",
        )

    def groups_of(self, agent: AgentId) -> list[GroupId]:
        return [GroupId(name) for name, members in MEMBERS.items() if agent in members]

    @property
    def agent_groups(self) -> dict[AgentId, list[GroupId]]:
        return {agent: self.groups_of(agent) for agent in AGENTS}

    def fresh(self) -> str:
        self._numbers += 1
        return f"m{self._numbers}"

    def message_id(self) -> str:
        """A new one, or one that was used before."""
        return self.fresh() if self.dice.random() < 0.9 else f"m{self.dice.randint(1, self._numbers + 1)}"

    def conversation(self) -> ConversationId:
        known = list(self._store.tables(SITE).conversations)[-12:]
        return self.dice.choice([*known, ConversationId("unknown")])

    def version_of(self, conversation: ConversationId) -> int:
        """The right one, mostly."""
        stored = self._store.tables(SITE).conversations.get(conversation)
        return (0 if stored is None else stored.version) + self.dice.choice([0] * 9 + [1])

    def holder_of(self, conversation: ConversationId) -> AgentId:
        """Whoever holds it, mostly."""
        stored = self._store.tables(SITE).conversations.get(conversation)
        somebody = self.dice.choice(AGENTS)
        return somebody if stored is None or stored.agent is None or self.dice.random() < 0.1 else stored.agent

    def visitor_of(self, conversation: ConversationId) -> VisitorId:
        stored = self._store.tables(SITE).conversations.get(conversation)
        return self.dice.choice(VISITORS) if stored is None or self.dice.random() < 0.1 else stored.visitor

    # -- what can be asked

    async def open(self) -> None:
        visitor = self.dice.choice(VISITORS)
        new = NewConversation(
            id=ConversationId(self.fresh()),
            visitor=visitor,
            visit=VisitId(f"visit of {visitor}"),
            rule=RuleId("rule-1"),
            campaign=CampaignId("campaign-1"),
            priority=self.dice.choice([50, 100]),
            client_msg_id=self.message_id(),
            text="Hello",
            opening_text=self.dice.choice([None, "Can I help?"]),
            card=b"{}",
            plan=self.plan(),
            offline_form=self.dice.random() < 0.05,
        )
        await self.ask("open", new)

    async def say(self) -> None:
        conversation = self.conversation()
        sender = self.dice.choice([Sender.VISITOR, Sender.AGENT, Sender.BOT])
        is_visitor = sender is Sender.VISITOR
        await self.ask(
            "say",
            conversation,
            sender=sender,
            sender_id=self.visitor_of(conversation) if is_visitor else self.holder_of(conversation),
            client_msg_id=self.message_id(),
            text="Well",
            name=None,
            note=not is_visitor and self.dice.random() < 0.2,
        )

    async def close(self) -> None:
        conversation = self.conversation()
        version = self.version_of(conversation) if self.dice.random() < 0.7 else None
        plan = self.dice.choice([None, self.plan()])
        await self.ask(
            "close",
            conversation,
            by="agent",
            version=version,
            outcome="resolved",
            agent_groups=self.agent_groups,
            plan=plan,
        )

    async def transfer(self) -> None:
        conversation = self.conversation()
        name = self.dice.choice(list(MEMBERS))
        plan = msgspec.structs.replace(self.plan(), groups=(group(name, *MEMBERS[name]),))
        to_agent = self.dice.random() < 0.5
        await self.ask(
            "transfer",
            conversation,
            by=self.holder_of(conversation),
            holds=self.dice.random() < 0.7,
            version=self.version_of(conversation),
            agent=self.dice.choice(AGENTS) if to_agent else None,
            group=None if to_agent else GroupId(name),
            plan=None if to_agent else plan,
            agent_groups=self.agent_groups,
        )

    async def take(self) -> None:
        conversation = self.conversation()
        await self.ask(
            "take",
            conversation,
            agent=self.dice.choice(AGENTS),
            version=self.version_of(conversation),
            agent_groups=self.agent_groups,
        )

    async def reopen(self) -> None:
        conversation = self.conversation()
        await self.ask(
            "reopen",
            conversation,
            visitor=self.visitor_of(conversation),
            client_msg_id=self.message_id(),
            text="One more thing",
            name=None,
            plan=self.plan(),
            card=b"{}",
        )

    async def note_visitor(self) -> None:
        here, worker = self.dice.random() < 0.5, self.dice.choice(WORKERS)
        card = self.dice.choice([None, b'{"pages":["/"]}'])
        await self.ask("note_visitor", self.conversation(), here=here, worker=worker, card=card)

    async def note_receipt(self) -> None:
        conversation = self.conversation()
        agent = self.dice.choice([None, self.holder_of(conversation)])
        what = self.dice.choice(["received", "read"])
        await self.ask("note_receipt", conversation, agent=agent, what=what, seq=self.dice.randint(1, 9), source="s")

    async def claim(self) -> None:
        worker, visitors = self.dice.choice(WORKERS), self.dice.sample(VISITORS, 2)
        await self.ask("claim", worker, visitors)

    async def release(self) -> None:
        worker, visitors = self.dice.choice(WORKERS), self.dice.sample(VISITORS, 2)
        await self.ask("release", worker, visitors, to=self.dice.choice([None, *WORKERS]))

    async def beat(self) -> None:
        await self.ask("beat", self.dice.choice(WORKERS))

    async def settle_due(self) -> None:
        for due in await self.ask("due"):
            plan = None if self.dice.random() < 0.05 else self.plan()
            await self.ask("settle", due.id, plan, self.agent_groups)

    async def settle_any(self) -> None:
        await self.ask("settle", self.conversation(), self.plan(), self.agent_groups)

    async def connect(self) -> None:
        agent = self.dice.choice(AGENTS)
        device = f"{self.dice.choice(WORKERS)}:{self.dice.randint(1, 2)}"
        capacity = self.dice.randint(1, 2)
        await self.ask("connect", agent, device=device, capacity=capacity, bot=agent == "dora")

    async def renew(self) -> None:
        known = list(self._store.tables(SITE).agents)
        proved = self.dice.sample(known, self.dice.randint(0, len(known)))
        await self.ask(
            "renew",
            [
                Renewal(
                    agent,
                    f"{self.dice.choice(WORKERS)}:1",
                    Milliseconds(self.dice.choice([0, 500, 5_000])),
                    tuple(self.groups_of(agent)),
                )
                for agent in proved
            ],
        )

    async def disconnect(self) -> None:
        device = f"{self.dice.choice(WORKERS)}:{self.dice.randint(1, 2)}"
        await self.ask("disconnect", self.dice.choice(AGENTS), device=device)

    async def bury(self) -> None:
        await self.ask("bury", self.dice.choice(WORKERS))

    async def choose(self) -> None:
        agent = self.dice.choice(AGENTS)
        await self.ask(
            "choose",
            agent,
            status=self.dice.choice([None, Status.ONLINE, Status.ONLINE, Status.AWAY]),
            capacity=self.dice.choice([None, None, 0, 1, 3]),
            groups=self.groups_of(agent),
        )

    async def serve(self) -> None:
        agent = self.dice.choice(AGENTS)
        await self.ask("serve", agent, self.groups_of(agent))


ASKED = (
    [Both.open] * 5
    + [Both.say] * 6
    + [Both.renew] * 5
    + [Both.choose] * 3
    + [Both.connect] * 3
    + [Both.settle_due] * 4
    + [Both.close, Both.close, Both.transfer, Both.transfer, Both.take, Both.reopen, Both.reopen]
    + [
        Both.note_receipt,
        Both.note_visitor,
        Both.note_visitor,
        Both.claim,
        Both.release,
        Both.beat,
        Both.settle_any,
        Both.disconnect,
        Both.bury,
        Both.serve,
    ]
)


def plain(answer: object) -> Any:
    """An answer as plain data, without what only one of the stores can know, and lists that have no order sorted."""
    data = msgspec.to_builtins(answer)
    _strip(data)
    if isinstance(data, list) and data and isinstance(data[0], dict) and "free_since" in data[0]:
        data.sort(key=lambda presence: presence["id"])
    return data


def _strip(data: object) -> None:
    if isinstance(data, dict):
        for name in ("assigned_because", "because", "candidates", "generation"):
            data.pop(name, None)
        for name, value in data.items():
            _strip(value)
            if name in ("living", "dead"):
                value.sort()
    elif isinstance(data, list | tuple):
        for value in data:
            _strip(value)


@pytest.mark.parametrize("seed", range(6))
async def test_both_stores_answer_the_same(redis: Redis, seed: int) -> None:
    both = Both(redis, seed)
    for step in range(STEPS):
        await both.pass_time()
        await both.dice.choice(ASKED)(both)
        if step % 10 == 0:
            await both.compare_everything()
    await both.compare_everything()
