"""The shop as the store knows it: calls of the ports, for the rows in which processes meet in the store alone."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from redis.asyncio import Redis

from benchmarks.faults.site import AGENTS, CAPACITY, GROUPS
from benchmarks.faults.store import StoreProcess
from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import RedisFacts
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.core.conversations.conversation import Conversation, Sender
from router.core.presence.agent import Status
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
from router.core.vocabulary.values import HOUR
from router.ports import NewConversation, Said

ANSWERS_WITHIN_S = 60.0
"""A server gives up long before; here many processes share few cores, and nobody waits for an answer."""

SITE = SiteId("shop")
ALL_AGENTS = tuple(AgentId(f"agent-{number}") for number in range(AGENTS))


def group_of(agent: AgentId) -> GroupId:
    """The one group that an agent is in."""
    return GroupId(f"group-{int(agent.rpartition('-')[2]) % GROUPS}")


def plan_to(group: GroupId) -> RoutingPlan:
    """The plan of a routing rule with one group."""
    members = tuple(agent for agent in ALL_AGENTS if group_of(agent) == group)
    return RoutingPlan(
        routing_rule=RoutingRuleId(f"to-{group}"),
        mode=Mode.IN_ORDER,
        agent_choice=AgentChoice.LONGEST_FREE,
        groups=(PlannedGroup(id=group, is_open=True, members=members),),
        max_wait=HOUR,
        then=Then.OFFLINE_FORM,
        day="2026-11-22",
    )


PLANS = tuple(plan_to(GroupId(f"group-{number}")) for number in range(GROUPS))


@asynccontextmanager
async def store_alone() -> AsyncIterator[StoreProcess]:
    """A store that nothing is in, without servers."""
    with TemporaryDirectory(prefix="router-faults-", ignore_cleanup_errors=True) as directory:
        store = StoreProcess(Path(directory))
        try:
            await store.start()
            yield store
        finally:
            store.stop()


class StoreShop:
    """One process's view of the store; every word is one call of a port."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.redis = redis
        self.name = name
        times = RoutingTimes(lease=HOUR, first_answer_within=HOUR)
        scripts = Scripts(redis, times=times, call_seconds=ANSWERS_WITHIN_S)
        self.conversations = RedisConversations(scripts)
        self.presence = RedisPresence(scripts)
        self.facts = RedisFacts(redis)
        self._numbers: Iterator[int] = count()

    async def open_desks(self) -> None:
        """Everybody comes online."""
        for agent in ALL_AGENTS:
            await self.presence.connect(SITE, agent, device=f"{self.name}:desk", capacity=CAPACITY)
            await self.presence.choose(SITE, agent, status=Status.ONLINE, capacity=None, groups=(group_of(agent),))

    async def open(self) -> tuple[Conversation, Said]:
        """A visitor whom nobody knows writes to one of the groups."""
        name = f"{self.name}-{next(self._numbers)}"
        return await self.conversations.open(
            SITE,
            NewConversation(
                id=ConversationId(f"conversation-{name}"),
                visitor=VisitorId(f"visitor-{name}"),
                visit=VisitId(f"visit-{name}"),
                rule=RuleId("rule"),
                campaign=CampaignId("campaign"),
                priority=100,
                client_msg_id=f"{name}-1",
                text=f"{name}-1",
                opening_text=None,
                card=b"{}",
                plan=random.choice(PLANS),
            ),
        )

    async def say(self, conversation: Conversation, text: str) -> Said:
        """The visitor writes once more."""
        return await self.conversations.say(
            SITE,
            conversation.id,
            sender=Sender.VISITOR,
            sender_id=conversation.visitor,
            client_msg_id=text,
            text=text,
        )

    async def close(self, conversation: Conversation) -> Conversation:
        """Whoever holds it closes it in the version that was seen; Refused."""
        return await self._end(conversation, by="agent", version=conversation.version)

    async def leave(self, conversation: Conversation) -> Conversation:
        """The visitor ends it, whatever happened to it meanwhile."""
        return await self._end(conversation, by="visitor", version=None)

    async def _end(self, conversation: Conversation, *, by: str, version: int | None) -> Conversation:
        agent = conversation.agent
        return await self.conversations.close(
            SITE,
            conversation.id,
            by=by,
            version=version,
            outcome="resolved" if by == "agent" else None,
            agent_groups={} if agent is None else {agent: (group_of(agent),)},
            plan=plan_to(conversation.group or group_of(ALL_AGENTS[0])),
        )


@asynccontextmanager
async def store_shop(address: str, name: str) -> AsyncIterator[StoreShop]:
    """A process's own connection to the store."""
    redis = Redis.from_url(address, socket_timeout=None)
    try:
        yield StoreShop(redis, name)
    finally:
        await redis.aclose()
