"""A shop in the store, for tests: its agents come and its visitors write, with believable defaults."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias, cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import RedisFacts
from router.backends.redis.keys import key
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.core.conversations.conversation import Conversation, Sender
from router.core.presence.agent import AgentPresence, Status
from router.core.routing.plan import PlannedGroup, RoutingPlan
from router.core.routing.routing_rule import AgentChoice, Mode, Then
from router.core.routing.times import RoutingTimes
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
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import NewConversation, Said
from tests.conftest import PATIENCE_S

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
"""Of a stream: its id and its fields."""

SITE = SiteId("site-1")
SALES = GroupId("sales")

AT_ONCE = Milliseconds(1)
"""A time of routing that is over before the next call."""

A_MOMENT_S = 0.002
"""What parts two steps, so that the store's clock, which counts milliseconds, tells them apart."""


def group(
    name: str, *members: str, is_open: bool = True, overflow_after: int | None = None, share: int = 0
) -> PlannedGroup:
    return PlannedGroup(
        id=GroupId(name),
        is_open=is_open,
        members=tuple(AgentId(member) for member in members),
        overflow_after=None if overflow_after is None else Milliseconds(overflow_after),
        share=share,
    )


def plan(
    *groups: PlannedGroup,
    mode: Mode = Mode.IN_ORDER,
    agent_choice: AgentChoice = AgentChoice.LONGEST_FREE,
    max_wait: Milliseconds | None = MINUTE,
    then: Then = Then.OFFLINE_FORM,
) -> RoutingPlan:
    return RoutingPlan(
        routing_rule=RoutingRuleId("to-sales"),
        mode=mode,
        agent_choice=agent_choice,
        groups=groups,
        max_wait=max_wait,
        then=then,
        day="2026-11-22",
    )


@dataclass
class Shop:
    """Short words for what visitors and agents do; every word is one call of a port, a moment after the one before."""

    redis: Redis
    times: RoutingTimes = field(default_factory=RoutingTimes)
    numbers: Iterator[int] = field(default_factory=count)
    call_seconds: float = PATIENCE_S

    def __post_init__(self) -> None:
        scripts = Scripts(self.redis, times=self.times, call_seconds=self.call_seconds)
        self.conversations = RedisConversations(scripts)
        self.presence = RedisPresence(scripts)
        self.facts = RedisFacts(self.redis)

    def with_times(self, **times: Milliseconds | int) -> "Shop":
        """The same shop, as a process sees it that has other times."""
        return Shop(self.redis, msgspec.structs.replace(self.times, **times), self.numbers)

    async def online(
        self, agent: str, *, capacity: int = 1, groups: Sequence[GroupId] = (SALES,), bot: bool = False
    ) -> AgentPresence:
        await self.presence.connect(SITE, AgentId(agent), device="worker:desk", capacity=capacity, bot=bot)
        return await self.choose(agent, Status.ONLINE, groups=groups)

    async def choose(
        self, agent: str, status: Status | None, *, capacity: int | None = None, groups: Sequence[GroupId] = (SALES,)
    ) -> AgentPresence:
        await asyncio.sleep(A_MOMENT_S)
        return await self.presence.choose(SITE, AgentId(agent), status=status, capacity=capacity, groups=groups)

    async def hang_up(self, agent: str) -> AgentPresence:
        return await self.presence.disconnect(SITE, AgentId(agent), device="worker:desk")

    async def write(
        self,
        visitor: str,
        plan: RoutingPlan,
        *,
        client_msg_id: str = "first",
        priority: int = 100,
        opening_text: str | None = None,
        offline_form: bool = False,
        site: SiteId = SITE,
    ) -> tuple[Conversation, Said]:
        await asyncio.sleep(A_MOMENT_S)
        return await self.conversations.open(
            site,
            NewConversation(
                id=ConversationId(f"conversation-{next(self.numbers)}-of-{visitor}"),
                visitor=VisitorId(visitor),
                visit=VisitId(f"visit-of-{visitor}"),
                rule=RuleId("rule-1"),
                campaign=CampaignId("campaign-1"),
                priority=priority,
                client_msg_id=client_msg_id,
                text="Hello, is this in stock? €/\0",
                opening_text=opening_text,
                card=b'{"pages":[],"city":"Angers"}',
                plan=plan,
                offline_form=offline_form,
            ),
        )

    async def answer(
        self, conversation: ConversationId, agent: str, client_msg_id: str = "answer", *, note: bool = False
    ) -> Said:
        return await self.conversations.say(
            SITE,
            conversation,
            sender=Sender.AGENT,
            sender_id=agent,
            client_msg_id=client_msg_id,
            text="It is.",
            note=note,
        )

    async def close(
        self,
        conversation: ConversationId,
        *,
        version: int | None = None,
        plan: RoutingPlan | None = None,
        serves: Sequence[GroupId] = (SALES,),
    ) -> Conversation:
        await asyncio.sleep(A_MOMENT_S)
        holder = (await self.conversations.load(SITE, conversation))[0].agent
        return await self.conversations.close(
            SITE,
            conversation,
            by="agent",
            version=version,
            outcome="resolved",
            agent_groups={holder: serves} if holder else {},
            plan=plan,
        )

    async def beat(self, plan: RoutingPlan | None, *, serves: Sequence[GroupId] = (SALES,)) -> None:
        """What each process does again and again."""
        for due in await self.conversations.due(SITE):
            await self.conversations.settle(SITE, due.id, plan, {due.agent: serves} if due.agent else {})

    async def until(
        self, conversation: ConversationId, holds: Callable[[Conversation], bool], plan: RoutingPlan | None = None
    ) -> Conversation:
        """Let the shop beat until something holds of a conversation."""
        async with asyncio.timeout(10):
            while not holds(found := await self.look(conversation)):
                await asyncio.sleep(0.002)
                await self.beat(plan)
        return found

    async def hand(
        self,
        conversation: Conversation,
        *,
        to: str | None = None,
        to_group: RoutingPlan | None = None,
        by: str | None = None,
        version: int | None = None,
        serves: Sequence[GroupId] = (SALES,),
    ) -> Conversation:
        """Transfer it: by its holder, to an agent or to the one group of a plan."""
        return await self.conversations.transfer(
            SITE,
            conversation.id,
            by=AgentId(by or conversation.agent or "manager"),
            holds=by is None and conversation.agent is not None,
            version=version or conversation.version,
            agent=None if to is None else AgentId(to),
            group=None if to_group is None else to_group.groups[0].id,
            plan=to_group,
            agent_groups={conversation.agent: serves} if conversation.agent else {},
        )

    async def take(self, conversation: Conversation, manager: str, *, version: int | None = None) -> Conversation:
        holder = conversation.agent
        return await self.conversations.take(
            SITE,
            conversation.id,
            agent=AgentId(manager),
            version=version or conversation.version,
            agent_groups={holder: (SALES,)} if holder else {},
        )

    async def write_again(
        self, conversation: Conversation, plan: RoutingPlan, client_msg_id: str = "again", *, visitor: str | None = None
    ) -> tuple[Conversation, Said]:
        """The visitor writes to what was closed."""
        await asyncio.sleep(A_MOMENT_S)
        return await self.conversations.reopen(
            SITE,
            conversation.id,
            visitor=VisitorId(visitor or conversation.visitor),
            client_msg_id=client_msg_id,
            text="One thing more",
            name=None,
            plan=plan,
            card=b'{"pages":["/back"]}',
        )

    async def add(self, conversation: Conversation, client_msg_id: str = "more") -> Said:
        """The visitor goes on writing."""
        return await self.conversations.say(
            SITE,
            conversation.id,
            sender=Sender.VISITOR,
            sender_id=conversation.visitor,
            client_msg_id=client_msg_id,
            text="Hello?",
        )

    async def look(self, conversation: ConversationId) -> Conversation:
        return (await self.conversations.load(SITE, conversation))[0]

    async def told(self, kind: str) -> list[dict[str, object]]:
        """The facts of one kind."""
        return [fact async for fact in self.facts.read(SITE) if fact["kind"] == kind]

    async def see(self, agent: str) -> AgentPresence:
        return next(one for one in await self.presence.roster(SITE) if one.id == agent)

    async def load_of(self, agent: str) -> int:
        return (await self.see(agent)).load

    async def told_batches(self) -> list[list[dict[str, Any]]]:
        """The news since the beginning, those of a change together."""
        entries = await self.redis.xrange(key(SITE, "news_kept"))
        return [json.loads(entry[b"batch"]) for _, entry in cast("list[Entry]", entries)]

    async def news(self) -> list[dict[str, Any]]:
        """All that was told since the beginning."""
        return [news for batch in await self.told_batches() for news in batch]

    async def told_of(self, conversation: ConversationId, reason: str) -> list[dict[str, Any]]:
        """The news of a conversation with this reason."""
        return [
            news
            for news in await self.news()
            if news["news"] == "conversation"
            and news["conversation"]["id"] == conversation
            and news.get("reason") == reason
        ]
