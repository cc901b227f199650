"""What visitors do in conversations: write, leave a question, rate, type, leave.

A change is asked of the store, which makes it and tells every process; the sockets of the others are reached by that
news alone (`deliveries`). Only acknowledgements and errors answer the caller directly.
"""

from collections.abc import Awaitable
from functools import partial

from router.core.conversations.conversation import Sender
from router.core.engagement.targeting import rule_of
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import ConversationId
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.hints import publish
from router.engine.live_site import LiveSite
from router.engine.openings import NoRule, Openings, text_of
from router.engine.receipts import note_receipt
from router.engine.refusals import answer, refusal
from router.engine.returning import Returning
from router.ports import Bus, Conversations, Refused, Said, StoreUnavailable, Typing
from router.protocol import visitor as wire


class VisitorConversations:
    """What visitors say, on every site of this process."""

    def __init__(
        self,
        store: Conversations,
        bus: Bus,
        openings: Openings,
        returning: Returning,
        clock: Clock,
        background: Background,
    ) -> None:
        self._store = store
        self._bus = bus
        self._openings = openings
        self._returning = returning
        self._clock = clock
        self._background = background

    # -- writing

    async def say(self, live: LiveSite, tab: Tab, message: wire.Say) -> None:
        """Store a visitor's message and acknowledge it; the first one opens the conversation (R4, R6)."""
        if tab.visit is not None:
            if tab.link is not None:
                tab.link.remember_sent(message.client_msg_id)
            await _acknowledge(tab, message.client_msg_id, self._say(live, tab.visit, tab, message))

    async def _say(self, live: LiveSite, visit: Visit, tab: Tab, message: wire.Say) -> Said:
        if visit.conversation is not None:
            visit.last_activity = self._clock.now()
            said = await self._append(live, visit, visit.conversation, message, visit.customer_name)
            if said is not None:
                return said
        said = await self._openings.begin(live, visit, tab, message)
        if said.repeated:
            self._returning.tell_all(live, visit)
        return said

    async def offline_form(self, live: LiveSite, tab: Tab, message: wire.OfflineForm) -> None:
        """Keep a question that was left while nobody could answer: a missed contact, unless it is counted already."""
        if tab.visit is not None:
            await _acknowledge(tab, message.client_msg_id, self._leave_question(live, tab.visit, tab, message))

    async def _leave_question(self, live: LiveSite, visit: Visit, tab: Tab, message: wire.OfflineForm) -> Said:
        visit.last_activity = self._clock.now()
        known = visit.conversation or visit.asked_offline
        said = None if known is None else await self._append(live, visit, known, message, message.name)
        if said is not None:
            return said
        return await self._openings.open(live, visit, tab, rule_of(message.engagement, visit, live.outlook), message)

    async def _append(
        self,
        live: LiveSite,
        visit: Visit,
        conversation: ConversationId,
        message: wire.Say | wire.OfflineForm,
        name: str | None,
    ) -> Said | None:
        """Store one more message; None when the conversation has ended, and the news of it is still on its way."""
        try:
            return await self._store.say(
                live.site.id,
                conversation,
                sender=Sender.VISITOR,
                sender_id=visit.visitor,
                client_msg_id=message.client_msg_id,
                text=text_of(message),
                name=name,
            )
        except Refused as refused:
            if refused.code not in ("closed", "not_found"):
                raise
            if conversation == visit.conversation:
                visit.conversations_closed += refused.code == "closed"
                live.end_unheard(visit)
            return None

    # -- the rest

    async def leave(self, live: LiveSite, tab: Tab) -> None:
        """The visitor ends the conversation; the news of it answers."""
        if tab.visit is not None and tab.visit.conversation is not None:
            try:
                await self._close(live, tab.visit.conversation)
            except Refused as refused:
                answer(tab, refusal(refused.code))
            except StoreUnavailable:
                answer(tab, refusal("retry"))

    async def _close(self, live: LiveSite, conversation_id: ConversationId) -> None:
        conversation, _ = await self._store.load(live.site.id, conversation_id, limit=0)
        holder, now = conversation.agent, self._clock.now()
        await self._store.close(
            live.site.id,
            conversation.id,
            by="visitor",
            version=None,
            outcome=None,
            agent_groups={} if holder is None else {holder: live.open_groups_of(holder, now)},
            plan=live.plan_of(conversation, now),
        )

    async def rate(self, live: LiveSite, tab: Tab, message: wire.Rate) -> None:
        """Record how content the visitor is with a conversation of hers (K1)."""
        if tab.visit is None:
            return
        try:
            await self._store.rate(
                live.site.id,
                ConversationId(message.conversation),
                visitor=tab.visit.visitor,
                score=message.score,
                comment=message.comment,
            )
        except Refused as refused:
            answer(tab, refusal(refused.code, field="conversation"))
        except StoreUnavailable:
            answer(tab, refusal("retry"))

    def type(self, live: LiveSite, tab: Tab, typing: wire.Typing) -> None:
        """Tell the agent that the visitor types, or stopped."""
        visit = tab.visit
        if visit is not None and visit.conversation is not None:
            text = typing.text if live.site.typing_preview else None
            news = Typing(visit.conversation, visit.visitor, by="visitor", on=typing.on, text=text)
            self._background.start_in_order(tab.id, partial(publish, self._bus, live, news))

    def note_receipt(self, live: LiveSite, tab: Tab, receipt: wire.Received | wire.Read) -> None:
        """Note what the visitor received or read; the news of it tell the agent, and her other tabs."""
        visit = tab.visit
        if visit is not None and visit.conversation is not None:
            note = partial(note_receipt, self._store, live, visit.conversation, receipt, agent=None, source=tab.id)
            self._background.start_in_order(tab.id, note)


async def _acknowledge(tab: Tab, client_msg_id: str, storing: Awaitable[Said]) -> None:
    """Answer a message once it is stored, or say why it is not."""
    try:
        said = await storing
    except NoRule:
        answer(tab, refusal("no_rule", client_msg_id, "engagement"))
    except Refused as refused:
        answer(tab, refusal(refused.code, client_msg_id))
    except StoreUnavailable:
        answer(tab, refusal("retry", client_msg_id))
    else:
        answer(tab, wire.Ack(client_msg_id=client_msg_id, conversation=said.conversation, seq=said.seq))
