"""What agents do in conversations: write, close, type and read; and waits whose time has come.

As for visitors, the store makes the change, and its news reach the sockets (`deliveries`).
"""

import structlog

from router.core.conversations.conversation import Conversation, Sender
from router.core.vocabulary.ids import AgentId, ConversationId
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.refusals import refusal
from router.engine.views import state_for_agent
from router.engine.visitor_conversations import publish
from router.ports import Bus, Conversations, Passing, Refused, StoreUnavailable
from router.protocol import agent as wire
from router.protocol.codec import encode

log = structlog.get_logger(__name__)


class AgentConversations:
    """What agents say, on every site of this process."""

    def __init__(
        self, store: Conversations, bus: Bus, holdings: Holdings, clock: Clock, background: Background
    ) -> None:
        self._store = store
        self._bus = bus
        self._holdings = holdings
        self._clock = clock
        self._background = background

    async def say(self, live: LiveSite, agent: AgentId, message: wire.Say) -> bytes:
        """Store an agent's message or note; the frame that answers her."""
        person = live.site.agents[agent]
        try:
            said = await self._store.say(
                live.site.id,
                ConversationId(message.conversation),
                sender=Sender.BOT if person.bot else Sender.AGENT,
                sender_id=agent,
                client_msg_id=message.client_msg_id,
                text=message.text,
                name=person.name,
                note=message.note,
            )
        except Refused as refused:
            return encode(refusal(refused.code, message.client_msg_id))
        except StoreUnavailable:
            return encode(refusal("retry", message.client_msg_id))
        return encode(wire.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq))

    async def close(self, live: LiveSite, agent: AgentId, message: wire.Close) -> bytes | None:
        """End a conversation that the agent holds (or any, for a manager).

        The frame that answers her; None when she held it, for then the news tell all her devices.
        """
        now = self._clock.now()
        try:
            conversation, _ = await self._store.load(live.site.id, ConversationId(message.conversation), limit=0)
            holder = conversation.agent
            if holder != agent and live.site.agents[agent].role == "agent":
                return encode(refusal("forbidden"))
            closed = await self._store.close(
                live.site.id,
                conversation.id,
                by=agent,
                version=message.version,
                outcome=message.outcome,
                agent_groups={} if holder is None else {holder: live.open_groups_of(holder, now)},
                plan=live.plan_for(conversation.rule, now),
            )
        except Refused as refused:
            return encode(refusal(refused.code))
        except StoreUnavailable:
            return encode(refusal("retry"))
        return None if holder == agent else state_for_agent(closed, agent)

    def pass_on(self, live: LiveSite, agent: AgentId, message: wire.Typing | wire.Read) -> None:
        """Tell the visitor that the agent types or read; only whoever holds the conversation may."""
        held = self._holdings.of(live.site.id, agent).get(ConversationId(message.conversation))
        if held is None:
            return
        news = Passing(
            conversation=held.id,
            visitor=held.visitor,
            agent=agent,
            what="typing" if isinstance(message, wire.Typing) else "read",
            by="agent",
            on=message.on if isinstance(message, wire.Typing) else True,
            seq=message.seq if isinstance(message, wire.Read) else 0,
        )
        self._background.start(publish(self._bus, live, news))

    async def retry_due(self, live: LiveSite) -> None:
        """Overflow to the next group, or end the wait, of the waiting conversations whose time has come."""
        for conversation in await self._store.due(live.site.id):
            plan = live.plan_for(conversation.rule, self._clock.now())
            try:
                if plan is not None:
                    await self._store.retry(live.site.id, conversation.id, plan)
                else:
                    await self._give_up(live, conversation)
            except Refused:
                log.debug("no longer waiting", conversation=conversation.id)

    async def _give_up(self, live: LiveSite, conversation: Conversation) -> None:
        """End the wait of a conversation that no routing rule takes any more: nobody can ever answer it."""
        await self._store.close(
            live.site.id,
            conversation.id,
            by="no_routing",
            version=conversation.version,
            outcome=None,
            agent_groups={},
            plan=None,
        )
