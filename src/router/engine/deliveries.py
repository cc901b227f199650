"""The news of the store on their way to the sockets of this process: states, assignments, messages, signs of typing."""

import asyncio

import msgspec

from router.core.conversations.conversation import Conversation, Message, Sender, State
from router.core.visitors.visit import Visit
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.floor import Floor
from router.engine.holdings import Holdings
from router.engine.links import EarlyLink
from router.engine.live_site import LiveSite
from router.engine.openings import note_state
from router.engine.returning import Returning
from router.engine.views import expected_wait_of, message_for_visitor, places_in, state_for_visitor, to_tabs
from router.ports import ConversationChanged, Conversations, MessageStored, Receipt, StoreUnavailable, Typing
from router.protocol import visitor as widget
from router.protocol.codec import encode

READ_AGAIN_SECONDS = 1.0
"""An agent who was given a conversation is told of it, however long the store takes."""

HOLDER_STAYS = ("agent_lost", "agent_back")
"""Reasons of news that only tell the visitor of an agent who keeps the conversation for now."""


class Handover(msgspec.Struct):
    """A conversation that is being read for the agent who got it, and the messages stored meanwhile."""

    conversation: Conversation
    agent: AgentId
    messages: list[Message] = []


class Deliveries:
    """Brings news to visitors' tabs and agents' devices, each in the order of the changes."""

    def __init__(
        self,
        store: Conversations,
        returning: Returning,
        holdings: Holdings,
        floor: Floor,
        clock: Clock,
        background: Background,
    ) -> None:
        self._store = store
        self._returning = returning
        self._holdings = holdings
        self._floor = floor
        self._clock = clock
        self._background = background
        self._handovers: dict[ConversationId, Handover] = {}

    def conversation_changed(self, live: LiveSite, news: ConversationChanged, *, is_behind: bool) -> None:
        """Tell the visitor's tabs and the agents concerned of a new state or assignment.

        `is_behind`: news were missed before this one, and what they told of is yet to be read.
        """
        conversation = news.conversation
        if live.unheard.get(conversation.visitor) == conversation.id:
            del live.unheard[conversation.visitor]
        visit = live.by_visitor.get(conversation.visitor)
        if visit is not None:
            to_tabs(visit, state_for_visitor(live, conversation, news.reason))
            note_state(live, visit, conversation, self._clock.now())
        self._floor.conversation_changed(live, news)
        if conversation.state is State.CLOSED:
            self._handovers.pop(conversation.id, None)
            knows = self._holdings.knows(live, conversation)
            self._holdings.end(live, conversation, news.reason)
            if is_behind or not knows:
                self._background.start(self._tell_untold(live, conversation))
        elif news.before == conversation.agent and news.reason in HOLDER_STAYS:
            self._holdings.update(live, conversation)
        else:
            if news.before is not None:  # also when it went round and came back to her
                self._holdings.lose(live, news.before, conversation, news.reason or "reassigned")
            self._assigned(live, conversation)

    def _assigned(self, live: LiveSite, conversation: Conversation) -> None:
        """Begin to hand it to the agent who got it, if she is here; else to nobody."""
        self._handovers.pop(conversation.id, None)
        if conversation.agent is not None and self._holdings.is_here(live.site.id, conversation.agent):
            handover = self._handovers[conversation.id] = Handover(conversation, conversation.agent)
            self._background.start(self._hand_over(live, handover))

    async def _tell_untold(self, live: LiveSite, closed: Conversation) -> None:
        """Its agent never knew that she had it, or missed what was said last: now nothing else tells her any more."""
        _, messages = await self._load(live, closed.id)
        self._holdings.tell_missed(live, closed, messages[: closed.last_seq])

    async def _load(self, live: LiveSite, conversation: ConversationId) -> tuple[Conversation, list[Message]]:
        while True:
            try:
                return await self._store.load(live.site.id, conversation)
            except StoreUnavailable:
                await asyncio.sleep(READ_AGAIN_SECONDS)

    async def _hand_over(self, live: LiveSite, handover: Handover) -> None:
        """Give the agent's devices the conversation as it is now; news that overtook the reading count."""
        conversation = handover.conversation
        try:
            present, messages = await self._load(live, conversation.id)
            if self._handovers.get(conversation.id) is not handover:
                return
            if present.agent != handover.agent or present.state is not State.ASSIGNED:
                return
            self._holdings.gain(live, handover.agent, present, messages)
            for message in handover.messages:
                self._holdings.deliver(live, handover.agent, present.id, message)
        finally:
            if self._handovers.get(conversation.id) is handover:
                del self._handovers[conversation.id]

    def message_stored(self, live: LiveSite, news: MessageStored) -> None:
        """Deliver a message to both sides; the tab that sent it knows it already."""
        message = news.message
        visit = live.by_visitor.get(news.visitor)
        if visit is not None and not message.note:
            frame = message_for_visitor(news.conversation, message)
            for tab in visit.tabs:
                if tab.link is None:
                    continue
                if message.sender is Sender.VISITOR and tab.link.has_sent(message.client_msg_id):
                    continue
                if isinstance(tab.link, EarlyLink):
                    tab.link.keep_message(news.conversation, message.seq, frame)
                elif message.seq <= live.told.get(tab, {}).get(news.conversation, 0):
                    continue  # the news come late: what the tab was told when it came was read after them
                elif not self._returning.keep(live, tab, news.conversation, message.seq, frame):
                    tab.link.send(frame)
        if (handover := self._handovers.get(news.conversation)) is not None:
            handover.messages.append(message)
        elif news.agent is not None:
            self._holdings.deliver(live, news.agent, news.conversation, message)

    def typing(self, live: LiveSite, news: Typing) -> None:
        """Show the other side that somebody types."""
        if news.by == "visitor":
            self._holdings.typing(live, news)
        elif (visit := _visit_in(live, news)) is not None:
            to_tabs(visit, encode(widget.OtherTyping(on=news.on)))

    def receipt(self, live: LiveSite, news: Receipt) -> None:
        """Tell the other side how far this one got; of what was read, the rest of this one too."""
        self._holdings.receipt(live, news)
        visit = _visit_in(live, news)
        if visit is None:
            return
        match news.by, news.what:
            case "visitor", "read":
                to_tabs(visit, encode(widget.Seen(seq=news.seq)), but=news.source)
            case "agent", "received":
                to_tabs(visit, encode(widget.OtherDelivered(seq=news.seq)))
            case "agent", "read":
                to_tabs(visit, encode(widget.OtherRead(seq=news.seq)))

    def tell_waits(self, live: LiveSite) -> None:
        """Tell visitors whose expected wait changed because agents came, went or changed their capacity (R7)."""
        places: dict[GroupId | None, int] = {}
        for visitor, (conversation, told) in list(live.waiting.items()):
            if conversation.group not in places:
                places[conversation.group] = places_in(live, conversation.group)
            expected = expected_wait_of(conversation, places[conversation.group])
            visit = live.by_visitor.get(visitor)
            if visit is not None and expected != told:
                live.waiting[visitor] = (conversation, expected)
                to_tabs(visit, state_for_visitor(live, conversation, "position"))


def _visit_in(live: LiveSite, news: Typing | Receipt) -> Visit | None:
    """The visit here whose open conversation the news are of."""
    visit = live.by_visitor.get(news.visitor)
    return visit if visit is not None and visit.conversation == news.conversation else None
