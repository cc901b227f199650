"""How a conversation begins, or goes on after it was closed: what the store needs, and what the visit notes of it."""

from router.core.conversations.conversation import Conversation, State
from router.core.engagement.inputs import ConversationEnded, ConversationOpened, ConversationServed
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.engagement.targeting import rule_of
from router.core.routing.plan import RoutingPlan
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import ConversationId, EngagementId
from router.core.vocabulary.values import Instant
from router.engine.clock import Clock
from router.engine.live_site import LiveSite
from router.engine.movements import Movements
from router.engine.tokens import fresh_id
from router.engine.views import card_of, expected_wait_of, places_in
from router.ports import Conversations, NewConversation, Refused, Said
from router.protocol import visitor as wire
from router.protocol.codec import encode


def note_state(live: LiveSite, visit: Visit, conversation: Conversation, now: Instant) -> None:
    """Let the visit know how its conversation stands: nothing is offered while it is open (A4).

    Replies and news come by different ways; whichever is older than what is known already is ignored. One that is
    reopened is later than those opened meanwhile: its wait began anew.
    """
    seen = (conversation.waiting_since, conversation.version)
    if seen < visit.conversation_seen:
        return
    visit.conversation_seen = seen
    if conversation.state is State.QUEUED:
        live.waiting[visit.visitor] = conversation, expected_wait_of(conversation, places_in(live, conversation.group))
    else:
        live.waiting.pop(visit.visitor, None)
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


class NoRule(Exception):
    """The message answers no engagement that was offered in this visit."""


class Openings:
    """Opens conversations, and reopens them."""

    def __init__(self, store: Conversations, movements: Movements, clock: Clock) -> None:
        self._store = store
        self._movements = movements
        self._clock = clock

    async def begin(self, live: LiveSite, visit: Visit, tab: Tab, message: wire.Say) -> Said:
        """Go on with what was closed last (R9), unless she answers an offer of another rule since; else open.

        Raise NoRule, Refused, StoreUnavailable.
        """
        engagement = message.engagement or visit.last_displayed
        rule = None if engagement is None else rule_of(engagement, visit, live.outlook)
        if rule is not None and message.engagement is not None:
            visit.last_displayed = EngagementId(message.engagement)  # what she answers counts, from now on
        last = await self._store.last_of_visitor(live.site.id, visit.visitor)
        if last is not None and (rule is None or rule.id == last.rule):
            said = await self._reopen(live, visit, tab, last, message)
            if said is not None:
                return said
        return await self.open(live, visit, tab, rule, message)

    async def open(
        self,
        live: LiveSite,
        visit: Visit,
        tab: Tab,
        rule: EngagementRule | None,
        message: wire.Say | wire.OfflineForm,
    ) -> Said:
        """Begin a conversation of the rule that she answers; NoRule when there is none."""
        plan = None if rule is None else live.plan_for(rule.id, self._clock.now())
        if rule is None or plan is None:
            raise NoRule
        opening = _new_conversation(live, visit, tab, rule, plan, message)
        conversation, said = await self._store.open(live.site.id, opening)
        self._take_note(live, visit, conversation)
        return said

    async def _reopen(
        self, live: LiveSite, visit: Visit, tab: Tab, closed: Conversation, message: wire.Say
    ) -> Said | None:
        """Go on with a closed conversation to which she writes again (R9); None when that cannot be any more."""
        plan = live.plan_of(closed, self._clock.now())
        if plan is None:
            return None
        try:
            conversation, said = await self._store.reopen(
                live.site.id,
                closed.id,
                visitor=visit.visitor,
                client_msg_id=message.client_msg_id,
                text=message.text,
                name=visit.customer_name,
                plan=plan,
                card=encode(card_of(visit, tab)),
            )
        except Refused:
            return None  # too long ago by now
        if not said.repeated:
            visit.conversations_closed -= 1  # it will be counted when it ends again
        self._take_note(live, visit, conversation)
        return said

    def _take_note(self, live: LiveSite, visit: Visit, conversation: Conversation) -> None:
        """Her message opened it: the visit knows, and the store knows that she is here."""
        note_state(live, visit, conversation, self._clock.now())
        self._movements.note(live, visit)


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
        card.name = message.name or visit.customer_name
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
        text=text_of(message),
        opening_text=opening,
        card=encode(card),
        plan=plan,
        offline_form=is_form,
    )


def text_of(message: wire.Say | wire.OfflineForm) -> str:
    """The text to store. The address in a form stands above it: thus it is kept wherever the form goes."""
    return f"{message.email}\n{message.text}" if isinstance(message, wire.OfflineForm) else message.text
