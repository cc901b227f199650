"""What agents do in conversations: write, close, type and read; and waits whose time has come.

As for visitors, the store makes the change, and its news reach the sockets (`deliveries`).
"""

from functools import partial

import structlog

from router.core.conversations.conversation import Sender
from router.core.vocabulary.ids import ConversationId
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.desks import Device
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.refusals import refusal
from router.engine.views import state_for_agent
from router.engine.visitor_conversations import publish
from router.ports import Bus, Conversations, Passing, Refused
from router.protocol import agent as wire

log = structlog.get_logger(__name__)


class AgentConversations:
    """What agents say, on every site of this process. Whoever calls answers StoreUnavailable with `retry`."""

    def __init__(
        self, store: Conversations, bus: Bus, holdings: Holdings, clock: Clock, background: Background
    ) -> None:
        self._store = store
        self._bus = bus
        self._holdings = holdings
        self._clock = clock
        self._background = background

    async def say(self, device: Device, message: wire.Say) -> None:
        """Store an agent's message or note, and acknowledge it; raise StoreUnavailable."""
        person = device.live.site.agents[device.agent]
        try:
            said = await self._store.say(
                device.live.site.id,
                ConversationId(message.conversation),
                sender=Sender.BOT if person.bot else Sender.AGENT,
                sender_id=person.id,
                client_msg_id=message.client_msg_id,
                text=message.text,
                name=person.name,
                note=message.note,
            )
        except Refused as refused:
            device.answer(refusal(refused.code, message.client_msg_id))
        else:
            device.answer(wire.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq))

    async def close(self, device: Device, message: wire.Close) -> None:
        """End a conversation that the agent holds (or any, for a manager); raise StoreUnavailable.

        Of one that she holds the news tell all her devices.
        """
        live, now = device.live, self._clock.now()
        try:
            conversation, _ = await self._store.load(live.site.id, ConversationId(message.conversation), limit=0)
            holder = conversation.agent
            if holder != device.agent and not device.is_manager:
                device.answer(refusal("forbidden"))
                return
            closed = await self._store.close(
                live.site.id,
                conversation.id,
                by=device.agent,
                version=message.version,
                outcome=message.outcome,
                agent_groups={} if holder is None else {holder: live.open_groups_of(holder, now)},
                plan=live.plan_for(conversation.rule, now),
            )
        except Refused as refused:
            device.answer(refusal(refused.code))
        else:
            if holder != device.agent:
                device.link.send(state_for_agent(closed, device.agent))

    def pass_on(self, device: Device, message: wire.Typing | wire.Read) -> None:
        """Tell the visitor that the agent types or read; only whoever holds the conversation may."""
        live = device.live
        held = self._holdings.of(live.site.id, device.agent).get(ConversationId(message.conversation))
        if held is None:
            return
        news = Passing(
            conversation=held.id,
            visitor=held.visitor,
            agent=device.agent,
            what="typing" if isinstance(message, wire.Typing) else "read",
            by="agent",
            on=message.on if isinstance(message, wire.Typing) else True,
            seq=message.seq if isinstance(message, wire.Read) else 0,
        )
        self._background.start_in_order(device.id, partial(publish, self._bus, live, news))

    async def settle_due(self, live: LiveSite) -> None:
        """Do what time alone makes due in conversations: whoever waits is served, overflows or gives up, and so on."""
        for conversation in await self._store.due(live.site.id):
            holder, now = conversation.agent, self._clock.now()
            agent_groups = {} if holder is None else {holder: live.open_groups_of(holder, now)}
            plan = live.plan_for(conversation.rule, now)
            try:
                await self._store.settle(live.site.id, conversation.id, plan, agent_groups)
            except Refused:
                log.debug("no such conversation any more", conversation=conversation.id)
