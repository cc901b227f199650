"""What visitors do in conversations: write, leave a question, rate, type, leave.

A change is asked of the store, which makes it and tells every process; the sockets of the others are reached by that
news alone (`deliveries`). Only acknowledgements and errors answer the caller directly.
"""

from collections.abc import Awaitable
from functools import partial
from typing import Any

import structlog

from router.core.conversations.conversation import Conversation, Sender, State
from router.core.engagement.inputs import ConversationEnded, ConversationOpened, ConversationServed
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.engagement.targeting import rule_of
from router.core.routing.plan import RoutingPlan
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import ConversationId
from router.core.vocabulary.values import Instant
from router.engine.background import Background
from router.engine.clock import Clock
from router.engine.live_site import LiveSite
from router.engine.refusals import answer, refusal
from router.engine.tokens import fresh_id
from router.engine.views import card_of
from router.ports import Bus, Conversations, NewConversation, Passing, Refused, Said, StoreUnavailable
from router.protocol import visitor as wire
from router.protocol.codec import encode

log = structlog.get_logger(__name__)


def note_state(live: LiveSite, visit: Visit, conversation: Conversation, now: Instant) -> None:
    """Let the visit know how its conversation stands: nothing is offered while it is open (A4).

    Replies and news come by different ways; whichever is older than what is known already is ignored.
    """
    seen = (conversation.opened_at, conversation.version)
    if seen < visit.conversation_seen:
        return
    visit.conversation_seen = seen
    if conversation.is_open:
        if visit.conversation != conversation.id:
            live.decide(visit, ConversationOpened(conversation.id), now)
        if conversation.state is State.ASSIGNED:
            live.decide(visit, ConversationServed(), now)
        return
    if conversation.state is State.OFFLINE:
        visit.asked_offline = conversation.id
    if visit.conversation == conversation.id:
        visit.conversations_closed += conversation.state is State.CLOSED
        live.decide(visit, ConversationEnded(), now)


class VisitorConversations:
    """What visitors say, on every site of this process."""

    def __init__(self, store: Conversations, bus: Bus, clock: Clock, background: Background) -> None:
        self._store = store
        self._bus = bus
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
            try:
                return await self._append(
                    live, visit, visit.conversation, message.client_msg_id, message.text, visit.customer_name
                )
            except Refused as refused:
                if refused.code not in ("closed", "not_found"):
                    raise
                # It ended and the news is still on its way: this message opens a new one.
                visit.conversations_closed += refused.code == "closed"
                live.decide(visit, ConversationEnded(), self._clock.now())
        opening = self._opening(live, visit, tab, message.engagement or visit.last_displayed, message)
        conversation, said = await self._store.open(live.site.id, opening)
        note_state(live, visit, conversation, self._clock.now())
        return said

    async def offline_form(self, live: LiveSite, tab: Tab, message: wire.OfflineForm) -> None:
        """Keep a question that was left while nobody could answer: a missed contact, unless it is counted already."""
        if tab.visit is not None:
            await _acknowledge(tab, message.client_msg_id, self._leave_question(live, tab.visit, tab, message))

    async def _leave_question(self, live: LiveSite, visit: Visit, tab: Tab, message: wire.OfflineForm) -> Said:
        visit.last_activity = self._clock.now()
        if visit.asked_offline is not None:
            text = _text_of(message)
            return await self._append(live, visit, visit.asked_offline, message.client_msg_id, text, message.name)
        opening = self._opening(live, visit, tab, message.engagement, message)
        conversation, said = await self._store.open(live.site.id, opening)
        note_state(live, visit, conversation, self._clock.now())
        return said

    async def _append(
        self,
        live: LiveSite,
        visit: Visit,
        conversation: ConversationId,
        client_msg_id: str,
        text: str,
        name: str | None,
    ) -> Said:
        return await self._store.say(
            live.site.id,
            conversation,
            sender=Sender.VISITOR,
            sender_id=visit.visitor,
            client_msg_id=client_msg_id,
            text=text,
            name=name,
        )

    def _opening(
        self, live: LiveSite, visit: Visit, tab: Tab, engagement: str | None, message: wire.Say | wire.OfflineForm
    ) -> NewConversation:
        """All that the store needs to open a conversation for an engagement; _NoRule when there is none."""
        rule = None if engagement is None else rule_of(engagement, visit, live.outlook)
        plan = None if rule is None else live.plan_for(rule.id, self._clock.now())
        if rule is None or plan is None:
            raise _NoRule
        return _new_conversation(live, visit, tab, rule, plan, message)

    # -- the rest

    async def leave(self, live: LiveSite, tab: Tab) -> None:
        """The visitor ends the conversation; the news of it answers."""
        if tab.visit is not None and tab.visit.conversation is not None:
            try:
                await self._close(live, tab.visit.conversation, by="visitor")
            except Refused as refused:
                answer(tab, refusal(refused.code))
            except StoreUnavailable:
                answer(tab, refusal("retry"))

    async def end(self, live: LiveSite, visit: Visit) -> None:
        """Close what a visitor who is gone left open; raise StoreUnavailable."""
        if visit.conversation is None:
            return
        try:
            closed = await self._close(live, visit.conversation, by="visitor_gone")
        except Refused:
            live.decide(visit, ConversationEnded(), self._clock.now())  # the store does not know it any more
        else:
            note_state(live, visit, closed, self._clock.now())

    async def _close(self, live: LiveSite, conversation_id: ConversationId, *, by: str) -> Conversation:
        conversation, _ = await self._store.load(live.site.id, conversation_id, limit=0)
        holder, now = conversation.agent, self._clock.now()
        return await self._store.close(
            live.site.id,
            conversation.id,
            by=by,
            version=None,
            outcome=None,
            agent_groups={} if holder is None else {holder: live.open_groups_of(holder, now)},
            plan=live.plan_for(conversation.rule, now),
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

    def pass_on(self, live: LiveSite, tab: Tab, passing: wire.Typing | wire.Received | wire.Read) -> None:
        """Tell the agent that the visitor types, received or read."""
        visit = tab.visit
        if visit is None or visit.conversation is None:
            return
        who: dict[str, Any] = {
            "conversation": visit.conversation,
            "visitor": visit.visitor,
            "agent": None,
            "by": "visitor",
        }
        match passing:
            case wire.Typing():
                text = passing.text if live.site.typing_preview else None
                news = Passing(what="typing", on=passing.on, text=text, **who)
            case wire.Received():
                news = Passing(what="delivered", seq=passing.seq, **who)
            case wire.Read():
                news = Passing(what="read", seq=passing.seq, **who)
        self._background.start_in_order(tab.id, partial(publish, self._bus, live, news))


async def publish(bus: Bus, live: LiveSite, news: Passing) -> None:
    """Tell the other side of something that is not kept; it may be lost."""
    try:
        await bus.publish(live.site.id, news)
    except StoreUnavailable:
        log.debug("a sign of typing or reading was lost")


class _NoRule(Exception):
    """The message answers no engagement that was offered in this visit."""


async def _acknowledge(tab: Tab, client_msg_id: str, storing: Awaitable[Said]) -> None:
    """Answer a message once it is stored, or say why it is not."""
    try:
        said = await storing
    except _NoRule:
        answer(tab, refusal("no_rule", client_msg_id, "engagement"))
    except Refused as refused:
        answer(tab, refusal(refused.code, client_msg_id))
    except StoreUnavailable:
        answer(tab, refusal("retry", client_msg_id))
    else:
        answer(tab, wire.Ack(client_msg_id=client_msg_id, conversation=said.conversation, seq=said.seq))


def _new_conversation(
    live: LiveSite,
    visit: Visit,
    tab: Tab,
    rule: EngagementRule,
    plan: RoutingPlan,
    message: wire.Say | wire.OfflineForm,
) -> NewConversation:
    """All that the store needs to open a conversation, and the agent to see how it came about (R6)."""
    is_form = isinstance(message, wire.OfflineForm)
    card = card_of(visit, tab)
    if isinstance(message, wire.OfflineForm):
        card |= {"name": message.name or visit.customer_name}
    opening = None
    if rule.action.kind is ActionKind.MESSAGE and not is_form:
        opening = live.site.text(rule.action.text, visit.arrival.language)
    campaign = live.site.campaigns.get(rule.campaign)
    return NewConversation(
        id=ConversationId(fresh_id()),
        visitor=visit.visitor,
        visit=visit.id,
        rule=rule.id,
        campaign=rule.campaign,
        priority=100 if campaign is None else campaign.priority,
        client_msg_id=message.client_msg_id,
        text=_text_of(message),
        opening_text=opening,
        card=encode(card),
        plan=plan,
        offline_form=is_form,
    )


def _text_of(message: wire.Say | wire.OfflineForm) -> str:
    """The text to store. The address in a form stands above it: thus it is kept wherever the form goes."""
    return f"{message.email}\n{message.text}" if isinstance(message, wire.OfflineForm) else message.text
