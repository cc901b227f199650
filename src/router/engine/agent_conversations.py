"""What agents do in conversations: write, close, hand over, take over, type and read; and what time makes due.

As for visitors, the store makes the change, and its news reach the sockets (`deliveries`).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog

from router.core.conversations.conversation import Conversation, Sender
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.desks import Device
from router.engine.hints import publish
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.receipts import note_receipt
from router.engine.refusals import refusal
from router.engine.views import state_for_agent
from router.ports import Bus, Conversations, Refused, StoreUnavailable, Typing
from router.protocol import agent as wire

log = structlog.get_logger(__name__)


class AgentConversations:
    """What agents do, on every site of this process. Whoever calls answers StoreUnavailable with `retry`."""

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
            await self._refuse(device, message.conversation, refused, message.client_msg_id)
        else:
            device.answer(wire.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq))

    # -- state and assignment: each names the version that was seen

    async def close(self, device: Device, message: wire.Close) -> None:
        """End a conversation that the agent holds (or any, for a manager); raise StoreUnavailable."""
        live = device.live
        try:
            conversation = await self._find(device, message.conversation)
            if conversation.agent != device.agent and not device.is_manager:
                raise Refused("forbidden")
            closed = await self._store.close(
                live.site.id,
                conversation.id,
                by=device.agent,
                version=message.version,
                outcome=message.outcome,
                agent_groups=self._open_groups(live, conversation.agent),
                plan=live.plan_of(conversation, self._clock.now()),
            )
        except Refused as refused:
            await self._refuse(device, message.conversation, refused)
        else:
            if conversation.agent != device.agent:
                device.link.send(state_for_agent(live, closed, device.agent))

    async def transfer(self, device: Device, message: wire.Transfer) -> None:
        """Hand a conversation that the agent holds (or any, for a manager) to another; raise StoreUnavailable."""
        live = device.live
        agent = None if message.to.agent is None else AgentId(message.to.agent)
        group = None if message.to.group is None else GroupId(message.to.group)
        wrong = partial(refusal, field="to", conversation=message.conversation)
        if (agent is None) is (group is None):
            device.answer(wrong("bad_message", message="expected either `agent` or `group`"))
            return
        if (agent and agent not in live.site.agents) or (group and group not in live.site.groups):
            device.answer(wrong("not_found", message="there is nobody of that id"))
            return
        try:
            conversation = await self._find(device, message.conversation)
            transferred = await self._store.transfer(
                live.site.id,
                conversation.id,
                by=device.agent,
                holds=not device.is_manager,
                version=message.version,
                agent=agent,
                group=group,
                plan=None if group is None else live.plan_within(group, conversation, self._clock.now()),
                agent_groups=self._open_groups(live, conversation.agent),
            )
        except Refused as refused:
            await self._refuse(device, message.conversation, refused)
        else:
            if conversation.agent != device.agent or transferred.version == conversation.version:
                device.link.send(state_for_agent(live, transferred, "transferred"))

    async def take(self, device: Device, message: wire.Take) -> None:
        """Give a manager a conversation that somebody else holds, or that waits; raise StoreUnavailable."""
        live = device.live
        try:
            if not device.is_manager:
                raise Refused("forbidden")
            conversation = await self._find(device, message.conversation)
            taken = await self._store.take(
                live.site.id,
                conversation.id,
                agent=device.agent,
                version=message.version,
                agent_groups=self._open_groups(live, conversation.agent),
            )
        except Refused as refused:
            await self._refuse(device, message.conversation, refused)
        else:
            if taken.version == conversation.version:  # it was hers, so no news will answer
                device.link.send(state_for_agent(live, taken, "taken"))

    async def _find(self, device: Device, conversation: str) -> Conversation:
        found, _ = await self._store.load(device.live.site.id, ConversationId(conversation), limit=0)
        return found

    def _open_groups(self, live: LiveSite, *agents: AgentId | None) -> Mapping[AgentId, Sequence[GroupId]]:
        """The open groups of the agents whose places a change may free."""
        now = self._clock.now()
        return {agent: live.open_groups_of(agent, now) for agent in agents if agent is not None}

    async def _refuse(
        self, device: Device, conversation: str, refused: Refused, client_msg_id: str | None = None
    ) -> None:
        """Say why not, then how the conversation stands: a desk that asked for this did not know."""
        device.answer(refusal(refused.code, client_msg_id, conversation=conversation))
        with suppress(Refused, StoreUnavailable):  # it is not there, or the desk will ask again
            present = await self._find(device, conversation)
            device.link.send(state_for_agent(device.live, present, refused.code))

    # -- signs for the other side: only of whoever holds the conversation

    def type(self, device: Device, message: wire.Typing) -> None:
        """Tell the visitor that the agent types, or stopped."""
        held = self._held(device, message.conversation)
        if held is not None:
            news = Typing(held.id, held.visitor, by="agent", on=message.on)
            self._background.start_in_order(device.id, partial(publish, self._bus, device.live, news))

    def note_receipt(self, device: Device, receipt: wire.Received | wire.Read) -> None:
        """Note what the agent received or read; the news of it tell the visitor, and her other devices."""
        held = self._held(device, receipt.conversation)
        if held is not None:
            note = partial(
                note_receipt, self._store, device.live, held.id, receipt, agent=device.agent, source=device.id
            )
            self._background.start_in_order(device.id, note)

    def _held(self, device: Device, conversation: str) -> Conversation | None:
        return self._holdings.of(device.live.site.id, device.agent).get(ConversationId(conversation))

    # -- time

    async def settle_due(self, live: LiveSite) -> None:
        """Do what time alone makes due in conversations: waits, absences, silences; raise StoreUnavailable.

        The store names only some at a time: it is asked until it names none that was not looked at.
        """
        looked_at: set[ConversationId] = set()
        while due := [each for each in await self._store.due(live.site.id) if each.id not in looked_at]:
            for conversation in due:
                looked_at.add(conversation.id)
                plan = live.plan_of(conversation, self._clock.now())
                concerned = self._open_groups(live, conversation.agent, conversation.preferred)
                try:
                    await self._store.settle(live.site.id, conversation.id, plan, concerned)
                except Refused:
                    log.debug("no such conversation any more", conversation=conversation.id)
                except StoreUnavailable:
                    raise
                except Exception:  # whatever is wrong with it, those behind it are looked at
                    log.exception("a conversation could not be settled", conversation=conversation.id)
