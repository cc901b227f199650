"""A visitor who comes back to a conversation: what is open, what was missed, and what had arrived after all."""

import asyncio
import sys

import msgspec

from router.core.conversations.conversation import Conversation, Message, Sender
from router.core.engagement.inputs import ConversationEnded
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import ConversationId, SiteId
from router.engine.background import Background, until_done
from router.engine.clock import Clock
from router.engine.links import EarlyLink, VisitorLink
from router.engine.live_site import LiveSite
from router.engine.movements import Movements
from router.engine.openings import note_state
from router.engine.receipts import receipts_for_visitor
from router.engine.refusals import refusal
from router.engine.views import message_view, snapshot_for_visitor, state_for_visitor
from router.ports import Conversations, Refused, StoreUnavailable
from router.protocol import visitor as wire
from router.protocol.codec import encode

AT_ONCE = 16
"""Visits that the store is asked about at the same time: half of the connections to it."""

SNAPSHOT_MESSAGES = 200
"""The last messages that a snapshot has; who missed more gets a snapshot."""


ALL_OF_IT = sys.maxsize
"""Seq until which a tab is told of a conversation that it is not to hear of."""


class Return(msgspec.Struct):
    """What a tab that arrives is told of its conversation: in the `welcome`, and in frames after it."""

    snapshot: wire.ConversationSnapshot | None = None
    frames: list[bytes] = []
    receipts: list[bytes] = []
    """How far both sides got in the conversation that is told: comes last."""
    told: dict[str, int] = {}
    """The last seq that these tell, of each conversation that they tell of."""


class Unasked(msgspec.Struct):
    """What a tab that came while the store was away wants to know, and the messages since, by conversation and seq."""

    resume: wire.Resume | None
    kept: list[tuple[str, int, bytes]] = []
    is_held: bool = False
    """It was here before, but news were missed: `catch_up` tells it, not `ask_again`."""
    conversation: ConversationId | None = None
    """Of a tab that is held, the one that the missed news may be of: it may end before it is read."""


class Returning:
    """Tells tabs that come back of their conversations."""

    def __init__(self, store: Conversations, movements: Movements, clock: Clock, background: Background) -> None:
        self._store = store
        self._movements = movements
        self._clock = clock
        self._background = background
        self._unasked: dict[SiteId, dict[Tab, Unasked]] = {}

    async def come_back(
        self, live: LiveSite, tab: Tab, visit: Visit, link: EarlyLink[VisitorLink], resume: wire.Resume | None
    ) -> Return:
        """What a tab that arrives by a link is to know: the conversation that is open, or what was missed of it."""
        unasked = self._unasked.setdefault(live.site.id, {})
        unasked.pop(tab, None)
        try:
            return await self._look(live, visit, resume)
        except StoreUnavailable:
            if tab.link is link:  # else another socket of the tab asks for itself
                unasked[tab] = Unasked(resume, link.take_messages())
            return Return(frames=[encode(refusal("retry"))])

    def keep(self, live: LiveSite, tab: Tab, conversation: str, seq: int, frame: bytes) -> bool:
        """Keep a message for a tab that is yet to be told what came before it; False for all others.

        Else the tab would name it as the end of its copy when it comes back the next time.
        """
        unasked = self._unasked.get(live.site.id, {}).get(tab)
        if unasked is None:
            return False
        unasked.kept.append((conversation, seq, frame))
        return True

    async def ask_again(self, live: LiveSite) -> None:
        """Tell those who came while the store was away what they were to know; raise StoreUnavailable."""
        wanting = [(tab, wanted) for tab, wanted in self._unasked.get(live.site.id, {}).items() if not wanted.is_held]
        for start in range(0, len(wanting), AT_ONCE):
            await asyncio.gather(*(self._ask(live, tab, wanted) for tab, wanted in wanting[start : start + AT_ONCE]))

    async def _ask(self, live: LiveSite, tab: Tab, wanted: Unasked) -> None:
        unasked = self._unasked[live.site.id]
        back = None
        if tab.visit is not None and tab.link is not None:
            back = await self._look(live, tab.visit, wanted.resume)
        if unasked.get(tab) is wanted:  # else it came back meanwhile, and was told
            del unasked[tab]
            if back is not None:
                _tell(live, tab, back, wanted.kept)

    async def _look(self, live: LiveSite, visit: Visit, resume: wire.Resume | None) -> Return:
        known, ended = visit.conversation, {}
        present = await self._store.open_of_visitor(live.site.id, visit.visitor)
        if present is not None:
            note_state(live, visit, present, self._clock.now())
            if visit.conversation != known:
                self._movements.note(live, visit)
                if len(visit.tabs) > 1:
                    self.tell_all(live, visit)
        elif known is not None and visit.conversation == known:
            live.end_unheard(visit)
            ended = {str(known): ALL_OF_IT}  # late news of it are for the tabs that had it
        if resume is not None:
            return await self._resume(live, visit, resume, present)
        return Return(told=ended) if present is None else await self._whole(live, present)

    async def _resume(self, live: LiveSite, visit: Visit, resume: wire.Resume, present: Conversation | None) -> Return:
        named = ConversationId(resume.conversation)
        try:
            conversation, messages = await self._store.load(live.site.id, named, limit=SNAPSHOT_MESSAGES)
        except Refused:
            conversation, messages = None, []
        if conversation is None or conversation.visitor != visit.visitor:
            other = Return() if present is None else await self._whole(live, present)
            resumed = encode(wire.Resumed(recovered=False, conversation=other.snapshot))
            return Return(None, [resumed], other.receipts, other.told)
        missing = conversation.last_seq - resume.seq
        if resume.generation == conversation.generation and 0 <= missing <= SNAPSHOT_MESSAGES:
            missed = [message_view(each) for each in messages if each.seq > resume.seq and not each.note]
            frames = [encode(wire.Resumed(recovered=True, missed=missed)), state_for_visitor(live, conversation, None)]
        else:
            snapshot = snapshot_for_visitor(live, conversation, messages)
            frames = [encode(wire.Resumed(recovered=False, conversation=snapshot))]
        frames += _acks(conversation, messages, resume.unacked)
        told: dict[str, int] = {conversation.id: conversation.last_seq}
        if present is None or present.id == conversation.id:
            return Return(None, frames, receipts_for_visitor(conversation), told)
        other = await self._whole(live, present)
        return Return(other.snapshot, frames, other.receipts, told | other.told)

    async def _whole(self, live: LiveSite, conversation: Conversation) -> Return:
        """A conversation as it is now, with its last messages."""
        return _whole(live, *await self._store.load(live.site.id, conversation.id, limit=SNAPSHOT_MESSAGES))

    def hold(self, live: LiveSite, visit: Visit) -> list[tuple[Tab, Unasked]]:
        """News may have been missed: keep what is written from now on, until `catch_up` tells what came before."""
        unasked = self._unasked.setdefault(live.site.id, {})
        tabs = [tab for tab in visit.tabs if tab.link is not None]
        held = [(tab, unasked.setdefault(tab, Unasked(None, is_held=True))) for tab in tabs]
        held = [(tab, wanted) for tab, wanted in held if wanted.is_held]
        for _, wanted in held:
            wanted.conversation = visit.conversation or live.unheard.get(visit.visitor) or wanted.conversation
        return held

    def tell_all(self, live: LiveSite, visit: Visit) -> None:
        """Tell every tab of a conversation of which the store told first: the news of it may have been missed."""
        self._background.start(until_done(self.catch_up, live, visit))

    async def catch_up(self, live: LiveSite, visit: Visit, named: ConversationId | None = None) -> None:
        """Tell every tab how the conversation stands, by default the open or last one; raise StoreUnavailable."""
        held = self.hold(live, visit)
        named = named or visit.conversation or next((wanted.conversation for _, wanted in held), None)
        back = Return()
        if named is not None:
            try:
                back = await self._whole_of_now(live, visit, named)
            except Refused:
                live.decide(visit, ConversationEnded(), self._clock.now())  # the store lost it
        live.unheard.pop(visit.visitor, None)
        unasked = self._unasked[live.site.id]
        for tab, wanted in held:
            if unasked.get(tab) is wanted:
                del unasked[tab]
                _tell(live, tab, back, wanted.kept)

    async def _whole_of_now(self, live: LiveSite, visit: Visit, named: ConversationId) -> Return:
        """The conversation as it is, read once more when news of it overtook the reading."""
        conversation, messages = await self._store.load(live.site.id, named, limit=SNAPSHOT_MESSAGES)
        if (conversation.waiting_since, conversation.version) < visit.conversation_seen:
            conversation, messages = await self._store.load(live.site.id, named, limit=SNAPSHOT_MESSAGES)
        note_state(live, visit, conversation, self._clock.now())
        return _whole(live, conversation, messages)


def _whole(live: LiveSite, conversation: Conversation, messages: list[Message]) -> Return:
    snapshot = snapshot_for_visitor(live, conversation, messages)
    return Return(snapshot, [], receipts_for_visitor(conversation), {snapshot.id: snapshot.last_seq})


def _tell(live: LiveSite, tab: Tab, back: Return, kept: list[tuple[str, int, bytes]]) -> None:
    """Tell a tab that was welcomed before what it was to know, and then what was kept for it."""
    whole = [] if back.snapshot is None else [_on_its_own(back.snapshot)]
    if tab.link is not None:
        for frame in [
            *back.frames,
            *whole,
            *back.receipts,
            *(frame for conversation, seq, frame in kept if seq > back.told.get(conversation, 0)),
        ]:
            tab.link.send(frame)
        live.note_told(tab, back.told)


def _on_its_own(snapshot: wire.ConversationSnapshot) -> bytes:
    """A snapshot outside the `welcome`."""
    state = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__}
    return encode(wire.SnapshotOnItsOwn(**state))


def _acks(conversation: Conversation, messages: list[Message], unacked: list[str]) -> list[bytes]:
    """Acknowledgements of what the visitor sent without seeing one, as far as it arrived."""
    return [
        encode(wire.Ack(client_msg_id=message.client_msg_id, conversation=conversation.id, seq=message.seq))
        for message in messages
        if message.sender is Sender.VISITOR and message.client_msg_id in unacked
    ]
