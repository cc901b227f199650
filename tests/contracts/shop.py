"""A shop in the store, for tests: its agents come and its visitors write, with believable defaults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import RedisFacts
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.core.conversations.conversation import Conversation, Sender
from router.core.presence.agent import AgentPresence, Status
from router.core.routing.plan import PlannedGroup, RoutingPlan
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
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import NewConversation, Said

SITE = SiteId("site-1")
SALES = GroupId("sales")


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
    """Short words for what visitors and agents do; every word is one call of a port."""

    redis: Redis
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        scripts = Scripts(self.redis)
        self.conversations = RedisConversations(scripts)
        self.presence = RedisPresence(scripts)
        self.facts = RedisFacts(self.redis)

    async def online(self, agent: str, *, capacity: int = 1, groups: Sequence[GroupId] = (SALES,)) -> AgentPresence:
        await self.presence.connect(SITE, AgentId(agent), device="desk", capacity=capacity)
        return await self.presence.choose(SITE, AgentId(agent), status=Status.ONLINE, capacity=None, groups=groups)

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
        return await self.conversations.open(
            site,
            NewConversation(
                id=ConversationId(f"conversation-{next(self._numbers)}-of-{visitor}"),
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

    async def look(self, conversation: ConversationId) -> Conversation:
        return (await self.conversations.load(SITE, conversation))[0]

    async def told(self, kind: str) -> list[dict[str, object]]:
        """The facts of one kind."""
        return [fact async for fact in self.facts.read(SITE) if fact["kind"] == kind]

    async def load_of(self, agent: str) -> int:
        return next(one.load for one in await self.presence.roster(SITE) if one.id == agent)
