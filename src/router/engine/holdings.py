"""What the agents who are connected here hold, and what their devices are told of it.

The truth of assignment is in the store; here is the copy that this process needs to reach sockets.
"""

from router.core.conversations.conversation import Conversation, Message, State
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId
from router.engine.desks import Desks, Device
from router.engine.live_site import LiveSite
from router.engine.receipts import receipts_for_agent
from router.engine.views import assigned_to_agent, conversation_for_agent, message_for_agent, state_for_agent
from router.ports import ConversationRated, Conversations, Receipt, Refused, Typing
from router.protocol import agent as wire
from router.protocol.codec import encode


class Holdings:
    """The conversations of the agents who have a device here."""

    def __init__(self, desks: Desks, store: Conversations) -> None:
        self._desks = desks
        self._store = store
        self._held: dict[tuple[SiteId, AgentId], dict[ConversationId, Conversation]] = {}

    async def begin(self, live: LiveSite, agent: AgentId) -> list[tuple[Conversation, list[Message]]]:
        """Read what an agent who connects holds, with its messages; news of it count from now on.

        Her other devices here are told by the news alone: what is read now may be news to them.
        """
        has_others = self.is_here(live.site.id, agent)
        held = self._held.setdefault((live.site.id, agent), {})
        read = []
        for conversation in await self._store.open_of_agent(live.site.id, agent):
            present, messages = await self._store.load(live.site.id, conversation.id)
            if present.agent == agent and present.state is State.ASSIGNED:  # else it ended meanwhile
                read.append((present, messages))
                if not has_others:
                    held[conversation.id] = present
        return read

    def forget(self, site: SiteId, agent: AgentId) -> None:
        """The last device of the agent left."""
        self._held.pop((site, agent), None)

    def of(self, site: SiteId, agent: AgentId) -> dict[ConversationId, Conversation]:
        """The conversations that an agent who is connected here holds."""
        return self._held.get((site, agent), {})

    def is_here(self, site: SiteId, agent: AgentId) -> bool:
        """Tell whether the agent has a device here."""
        return (site, agent) in self._held

    async def show_open(self, device: Device) -> None:
        """Tell a manager who begins to watch how every open conversation stands; raise StoreUnavailable."""
        for conversation in await self._store.open_of_site(device.live.site.id):
            device.link.send(state_for_agent(device.live, conversation, None))

    # -- news

    def gain(self, live: LiveSite, agent: AgentId, conversation: Conversation, messages: list[Message]) -> None:
        """The agent was given a conversation; once, however many ways the news take."""
        held = self._held.get((live.site.id, agent))
        if held is None:
            return
        known = held.get(conversation.id)
        if known is None or known.version < conversation.version:
            held[conversation.id] = conversation
            self._tell_whole(live, agent, conversation, assigned_to_agent(live, conversation, messages))

    def _tell_whole(self, live: LiveSite, agent: AgentId, conversation: Conversation, frame: bytes) -> None:
        """Send a frame with the whole of a conversation, and how far its visitor got."""
        self._desks.send_whole(live.site.id, agent, conversation.id, conversation.last_seq, frame)
        self._desks.send(live.site.id, agent, *receipts_for_agent(conversation))

    def lose(self, live: LiveSite, agent: AgentId, conversation: Conversation, reason: str) -> None:
        """The agent holds a conversation no more."""
        self.of(live.site.id, agent).pop(conversation.id, None)
        gone = wire.Unassigned(conversation=conversation.id, version=conversation.version, reason=reason)
        self._desks.send(live.site.id, agent, encode(gone))
        self._desks.forget(live.site.id, agent, conversation.id)

    def update(self, live: LiveSite, conversation: Conversation) -> None:
        """A conversation that an agent holds has a new version."""
        if conversation.agent is not None and self.is_here(live.site.id, conversation.agent):
            self.of(live.site.id, conversation.agent)[conversation.id] = conversation

    def end(self, live: LiveSite, conversation: Conversation, reason: str | None) -> None:
        """A conversation of an agent was closed."""
        if conversation.agent is None:
            return
        self.of(live.site.id, conversation.agent).pop(conversation.id, None)
        self._desks.send(live.site.id, conversation.agent, state_for_agent(live, conversation, reason))
        self._desks.forget(live.site.id, conversation.agent, conversation.id)

    def knows(self, live: LiveSite, conversation: Conversation) -> bool:
        """Tell whether its agent, if she is here, was told that she has it."""
        agent = conversation.agent
        return agent is None or not self.is_here(live.site.id, agent) or conversation.id in self.of(live.site.id, agent)

    def tell_missed(self, live: LiveSite, conversation: Conversation, messages: list[Message]) -> None:
        """Give the agent who had a conversation all that was said in it."""
        if conversation.agent is not None:
            missed = conversation_for_agent(live, conversation, messages).messages
            frame = encode(wire.Resumed(recovered=True, missed=missed, conversation=conversation.id))
            self._desks.send(live.site.id, conversation.agent, frame)

    def deliver(self, live: LiveSite, agent: AgentId, conversation: ConversationId, message: Message) -> None:
        """A message was stored in a conversation that the agent holds: tell the devices that do not know it yet."""
        if self.is_here(live.site.id, agent):
            frame = message_for_agent(conversation, message)
            self._desks.send_message(live.site.id, agent, conversation, message.seq, frame)

    def typing(self, live: LiveSite, news: Typing) -> None:
        """The visitor types, or stopped."""
        frame = wire.OtherTyping(conversation=news.conversation, on=news.on, text=news.text)
        self._to_holder(live, news.conversation, encode(frame))

    def receipt(self, live: LiveSite, news: Receipt) -> None:
        """The visitor received or read; or the agent read on another device."""
        conversation, seq = news.conversation, news.seq
        if news.by == "visitor":
            kind = wire.OtherRead if news.what == "read" else wire.OtherDelivered
            self._to_holder(live, conversation, encode(kind(conversation=conversation, seq=seq)))
        elif news.what == "read" and news.agent is not None:
            seen = encode(wire.Seen(conversation=conversation, seq=seq))
            self._desks.send(live.site.id, news.agent, seen, but=news.source)

    def _to_holder(self, live: LiveSite, conversation: ConversationId, frame: bytes) -> None:
        for (site, agent), held in self._held.items():
            if site == live.site.id and conversation in held:
                self._desks.send(site, agent, frame)

    def rated(self, live: LiveSite, news: ConversationRated) -> None:
        """A visitor rated a conversation: tell the agent who has it, or had it last."""
        if news.agent is not None:
            rated = wire.Rated(conversation=news.conversation, score=news.score, comment=news.comment)
            self._desks.send(live.site.id, news.agent, encode(rated))

    # -- catching up

    async def resume(self, device: Device, message: wire.Resume) -> None:
        """Send what a device missed while its agent had these conversations, and how those stand that ended or went."""
        live = device.live
        for place in message.conversations:
            try:
                conversation, messages = await self._store.load(live.site.id, ConversationId(place.id))
            except Refused:
                continue
            is_hers = conversation.agent == device.agent
            if is_hers:
                device.answer(_resumed(live, conversation, messages, place))
                for receipt in receipts_for_agent(conversation):
                    device.link.send(receipt)
            if is_hers and conversation.id in self.of(live.site.id, device.agent):
                device.told[conversation.id] = conversation.last_seq
            else:
                device.link.send(state_for_agent(live, conversation, None))

    async def catch_up(self, live: LiveSite) -> None:
        """News may have been missed: tell the agents who are here of what they hold now, and of what they lost."""
        site = live.site.id
        for agent in self._desks.agents_of(site):
            before = dict(self.of(site, agent))
            for conversation in await self._store.open_of_agent(site, agent):
                present, messages = await self._store.load(site, conversation.id)
                if present.agent != agent or present.state is not State.ASSIGNED:
                    continue  # it ended meanwhile, or went to another
                if before.pop(present.id, None) is None:
                    self.gain(live, agent, present, messages)
                elif present.id in self.of(site, agent):  # else news of its loss overtook the reading
                    whole = conversation_for_agent(live, present, messages)
                    resumed = encode(wire.Resumed(recovered=False, conversation=whole))
                    self._tell_whole(live, agent, present, resumed)
            for lost in before.values():
                if lost.id in self.of(site, agent):  # else news of its loss were told
                    self.lose(live, agent, lost, "reassigned")


def _resumed(live: LiveSite, conversation: Conversation, messages: list[Message], place: wire.Place) -> wire.Resumed:
    """The messages after a place, or the whole conversation when they cannot be told apart."""
    missing = conversation.last_seq - place.seq
    if conversation.generation == place.generation and 0 <= missing <= len(messages):
        view = conversation_for_agent(live, conversation, messages[len(messages) - missing :])
        return wire.Resumed(recovered=True, missed=view.messages, conversation=conversation.id)
    return wire.Resumed(recovered=False, conversation=conversation_for_agent(live, conversation, messages))
