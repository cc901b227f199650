"""Conversations: what visitors and agents say, and the news of the store on its way to their sockets.

A change is asked of the store, which makes it and tells every process; what is sent to the sockets follows from that
news alone, so that one process and several behave the same. Only the acknowledgement answers the caller directly.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from router.core.conversations.conversation import Conversation, Sender, State
from router.core.engagement.inputs import ConversationEnded, ConversationOpened, ConversationServed
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.engagement.targeting import rule_of
from router.core.routing.plan import RoutingPlan
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import AgentId, ConversationId
from router.engine.agents import Agents
from router.engine.clock import Clock
from router.engine.live_site import LiveSite
from router.engine.tokens import fresh_id
from router.engine.views import (
    assigned_to_agent,
    card_of,
    message_for_visitor,
    message_view,
    snapshot_for_visitor,
    state_for_visitor,
)
from router.ports import (
    Bus,
    ConversationChanged,
    Conversations,
    MessageStored,
    NewConversation,
    Passing,
    Refused,
    Said,
    StoreUnavailable,
)
from router.protocol import agent as desk
from router.protocol import visitor as widget
from router.protocol.codec import encode

OPEN_STATES = (State.QUEUED, State.ASSIGNED)

log = structlog.get_logger(__name__)


class ConversationDesk:
    """What is said and handed over, on every site of this process."""

    def __init__(self, store: Conversations, bus: Bus, agents: Agents, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._agents = agents
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that follows from news; what goes wrong there is logged, and read anew at the next chance."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("news could not be delivered", exc_info=error)

    # -- visitors

    async def say(self, live: LiveSite, tab: Tab, message: widget.Say) -> None:
        """Store a visitor's message and acknowledge it; the first one opens the conversation (R4, R6)."""
        visit = tab.visit
        if visit is None:
            return
        tab.link.remember_sent(message.client_msg_id)
        try:
            if visit.conversation is None:
                said = await self._open(live, visit, tab, message)
            else:
                said = await self._store.say(
                    live.site.id,
                    visit.conversation,
                    sender=Sender.VISITOR,
                    sender_id=visit.visitor,
                    client_msg_id=message.client_msg_id,
                    text=message.text,
                    name=visit.customer_name,
                )
                visit.last_activity = self._clock.now()
        except Refused as refused:
            if refused.code in ("closed", "not_found") and visit.conversation is not None:
                visit.conversation = None  # it ended and the news is still on its way: this message opens a new one
                await self.say(live, tab, message)
                return
            self._refuse(tab, refused.code, message.client_msg_id)
            return
        except StoreUnavailable:
            self._refuse(tab, "retry", message.client_msg_id)
            return
        if said is not None and tab.link is not None:
            ack = widget.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq)
            tab.link.send(encode(ack))

    async def _open(self, live: LiveSite, visit: Visit, tab: Tab, message: widget.Say) -> Said | None:
        """The visitor's first message: open a conversation for the engagement that it answers."""
        now = self._clock.now()
        engagement = message.engagement or visit.last_displayed
        rule = rule_of(engagement, visit, live.outlook) if engagement is not None else None
        plan = live.plan_for(rule.id, now) if rule is not None else None
        if rule is None or plan is None:
            said = "a message must answer an engagement that was offered in this visit"
            tab.link.send(
                encode(
                    widget.Error(code="no_rule", message=said, field="engagement", client_msg_id=message.client_msg_id)
                )
            )
            return None
        conversation, said_ = await self._store.open(
            live.site.id, _new_conversation(live, visit, tab, rule, plan, message.client_msg_id, message.text)
        )
        self._opened(live, visit, conversation)
        return said_

    def _opened(self, live: LiveSite, visit: Visit, conversation: Conversation) -> None:
        now = self._clock.now()
        if conversation.state in OPEN_STATES:
            if visit.conversation != conversation.id:
                live.decide(visit, ConversationOpened(conversation.id), now)
        elif conversation.state is State.OFFLINE:
            visit.asked_offline = conversation.id

    async def offline_form(self, live: LiveSite, tab: Tab, message: widget.OfflineForm) -> None:
        """Keep a question that was left while nobody could answer: a missed contact, unless it is counted already."""
        visit = tab.visit
        if visit is None:
            return
        text = message.text
        card = card_of(visit, tab) | {"name": message.name or visit.customer_name, "email": message.email}
        try:
            if visit.asked_offline is not None:
                said = await self._store.say(
                    live.site.id,
                    visit.asked_offline,
                    sender=Sender.VISITOR,
                    sender_id=visit.visitor,
                    client_msg_id=message.client_msg_id,
                    text=f"{message.email}\n{text}",
                    name=message.name,
                )
            else:
                rule = rule_of(message.engagement, visit, live.outlook)
                plan = live.plan_for(rule.id, self._clock.now()) if rule is not None else None
                if rule is None or plan is None:
                    self._refuse(tab, "no_rule", message.client_msg_id)
                    return
                new = _new_conversation(
                    live, visit, tab, rule, plan, message.client_msg_id, text, card=card, offline_form=True
                )
                conversation, said = await self._store.open(live.site.id, new)
                self._opened(live, visit, conversation)
        except Refused as refused:
            self._refuse(tab, refused.code, message.client_msg_id)
            return
        except StoreUnavailable:
            self._refuse(tab, "retry", message.client_msg_id)
            return
        if tab.link is not None:
            tab.link.send(
                encode(widget.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq))
            )

    async def leave(self, live: LiveSite, visit: Visit, by: str = "visitor") -> None:
        """The visitor ends the conversation, or was gone for too long."""
        if visit.conversation is None:
            return
        try:
            conversation, _ = await self._store.load(live.site.id, visit.conversation, limit=0)
            await self._close(live, conversation, by=by, version=None, outcome=None)
        except (Refused, StoreUnavailable) as error:
            log.info("a conversation could not be closed", conversation=visit.conversation, why=str(error))

    async def show_open(self, live: LiveSite, tab: Tab, resume: widget.Resume | None) -> None:
        """Tell a tab that arrives of the conversation that the visitor has open, and of what it missed."""
        visit = tab.visit
        if visit is None:
            return
        try:
            conversation = await self._store.open_of_visitor(live.site.id, visit.visitor)
            if conversation is None:
                if visit.conversation is not None:
                    live.decide(visit, ConversationEnded(), self._clock.now())
                if resume is None:
                    return
                conversation, _ = await self._store.load(live.site.id, ConversationId(resume.conversation), limit=0)
                if conversation.visitor != visit.visitor:
                    return
            after = resume.seq if resume is not None and _continues(resume, conversation) else 0
            conversation, messages = await self._store.load(live.site.id, conversation.id, after=after)
        except (Refused, StoreUnavailable):
            return
        if tab.link is None:
            return
        self._opened(live, visit, conversation)
        snapshot = snapshot_for_visitor(live, conversation, messages)
        if resume is None:
            state = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__}
            tab.link.send(encode(ConversationSnapshotFrame(**state)))
        elif _continues(resume, conversation):
            missed = [message_view(message) for message in messages if not message.note]
            tab.link.send(encode(widget.Resumed(recovered=True, missed=missed)))
        else:
            tab.link.send(encode(widget.Resumed(recovered=False, conversation=snapshot)))

    def pass_on(self, live: LiveSite, tab: Tab, passing: widget.Typing | widget.Received | widget.Read) -> None:
        """Tell the agent that the visitor types, received or read."""
        visit = tab.visit
        if visit is None or visit.conversation is None:
            return
        on, seq, text = True, 0, None
        match passing:
            case widget.Typing():
                what: Any = "typing"
                on, text = passing.on, passing.text if live.site.typing_preview else None
            case widget.Received():
                what, seq = "delivered", passing.seq
            case widget.Read():
                what, seq = "read", passing.seq
        news = Passing(
            conversation=visit.conversation,
            visitor=visit.visitor,
            agent=None,
            what=what,
            by="visitor",
            on=on,
            seq=seq,
            text=text,
        )
        self.spawn(self._publish(live, news))

    async def _publish(self, live: LiveSite, news: Passing) -> None:
        try:
            await self._bus.publish(live.site.id, news)
        except StoreUnavailable:
            log.debug("a sign of typing or reading was lost")

    def _refuse(self, tab: Tab, code: str, client_msg_id: str) -> None:
        if tab.link is not None:
            tab.link.send(encode(refusal(code, client_msg_id)))

    # -- agents

    async def agent_says(self, live: LiveSite, agent: AgentId, message: desk.Say) -> bytes:
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
        return encode(desk.Ack(client_msg_id=message.client_msg_id, conversation=said.conversation, seq=said.seq))

    async def agent_closes(self, live: LiveSite, agent: AgentId, message: desk.Close) -> bytes | None:
        """End a conversation that the agent holds (or any, for a manager); an error frame when it is refused."""
        try:
            conversation, _ = await self._store.load(live.site.id, ConversationId(message.conversation), limit=0)
            if conversation.agent != agent and live.site.agents[agent].role == "agent":
                return encode(refusal("forbidden", None))
            await self._close(live, conversation, by=agent, version=message.version, outcome=message.outcome)
        except Refused as refused:
            return encode(refusal(refused.code, None))
        except StoreUnavailable:
            return encode(refusal("retry", None))
        return None

    async def _close(
        self, live: LiveSite, conversation: Conversation, *, by: str, version: int | None, outcome: str | None
    ) -> None:
        now = self._clock.now()
        holder = conversation.agent
        await self._store.close(
            live.site.id,
            conversation.id,
            by=by,
            version=version,
            outcome=outcome,
            agent_groups={} if holder is None else {holder: live.open_groups_of(holder, now)},
            plan=live.plan_for(conversation.rule, now),
        )

    def agent_passes_on(self, live: LiveSite, agent: AgentId, message: desk.Typing | desk.Read) -> None:
        """Tell the visitor that the agent types or read; only whoever holds the conversation may."""
        held = self._agents.held(live.site.id, agent).get(ConversationId(message.conversation))
        if held is None:
            return
        typing = isinstance(message, desk.Typing)
        news = Passing(
            conversation=held.id,
            visitor=held.visitor,
            agent=agent,
            what="typing" if typing else "read",
            by="agent",
            on=message.on if isinstance(message, desk.Typing) else True,
            seq=message.seq if isinstance(message, desk.Read) else 0,
        )
        self.spawn(self._publish(live, news))

    async def retry_due(self, live: LiveSite) -> None:
        """Overflow to the next group, or end the wait, of the waiting conversations whose time has come."""
        for conversation in await self._store.due(live.site.id):
            plan = live.plan_for(conversation.rule, self._clock.now())
            if plan is None:
                continue
            try:
                await self._store.retry(live.site.id, conversation.id, plan)
            except Refused:
                log.debug("no longer waiting", conversation=conversation.id)

    # -- news

    def conversation_changed(self, live: LiveSite, news: ConversationChanged) -> None:
        """Tell the visitor's tabs and the agents concerned of a new state or assignment."""
        conversation = news.conversation
        visit = live.by_visitor.get(conversation.visitor)
        if visit is not None:
            self._tell_visit(live, visit, conversation, news.reason)
        if news.before is not None and news.before != conversation.agent:
            self._agents.lose(live, news.before, conversation, news.reason or "reassigned")
        if conversation.agent is not None and conversation.state is State.ASSIGNED:
            if news.before != conversation.agent:
                self.spawn(self._hand_over(live, conversation))
            else:
                self._agents.update(live, conversation)
        elif conversation.state is State.CLOSED and conversation.agent is not None:
            self._agents.end(live, conversation, news.reason)

    def _tell_visit(self, live: LiveSite, visit: Visit, conversation: Conversation, reason: str | None) -> None:
        now = self._clock.now()
        frame = state_for_visitor(live, conversation, reason)
        _to_tabs(visit, frame)
        if conversation.state in OPEN_STATES:
            if visit.conversation is None:
                live.decide(visit, ConversationOpened(conversation.id), now)
            if conversation.state is State.ASSIGNED:
                live.decide(visit, ConversationServed(), now)
        elif visit.conversation == conversation.id:
            if conversation.state is State.OFFLINE:
                visit.asked_offline = conversation.id
            else:
                visit.conversations_closed += 1
            live.decide(visit, ConversationEnded(), now)

    async def _hand_over(self, live: LiveSite, conversation: Conversation) -> None:
        if conversation.agent is None or not self._agents.is_here(live.site.id, conversation.agent):
            return
        present, messages = await self._store.load(live.site.id, conversation.id)
        if present.agent == conversation.agent and present.state is State.ASSIGNED:
            self._agents.gain(live, conversation.agent, present, assigned_to_agent(live, present, messages))

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
                tab.link.send(frame)
        if news.agent is not None:
            self._agents.deliver(live, news.agent, news.conversation, message)

    def passed(self, live: LiveSite, news: Passing) -> None:
        """Deliver a sign of typing, delivery or reading."""
        if news.by == "visitor":
            self._agents.pass_on(live, news)
            return
        visit = live.by_visitor.get(news.visitor)
        if visit is None or visit.conversation != news.conversation:
            return
        match news.what:
            case "typing":
                _to_tabs(visit, encode(widget.OtherTyping(on=news.on)))
            case "read":
                _to_tabs(visit, encode(widget.OtherRead(seq=news.seq)))
            case "delivered":
                _to_tabs(visit, encode(widget.OtherDelivered(seq=news.seq)))


class ConversationSnapshotFrame(widget.ConversationSnapshot, kw_only=True, tag_field="type", tag="conversation"):
    """A snapshot as a message of its own, for a tab that arrives in mid-conversation."""


def refusal(code: Any, client_msg_id: str | None) -> widget.Error:
    """An error of the contract, in words."""
    return widget.Error(code=code, message=_REASONS[code], client_msg_id=client_msg_id)


_REASONS = {
    "retry": "the store did not answer in time: send it again in a moment",
    "not_found": "there is no such conversation",
    "conflict": "the conversation changed meanwhile: look at it again",
    "full": "no free place",
    "not_available": "the agent is not available",
    "closed": "the conversation is closed",
    "forbidden": "the conversation is not yours",
    "no_rule": "a message must answer an engagement that was offered in this visit",
}


def _continues(resume: widget.Resume, conversation: Conversation) -> bool:
    return resume.conversation == conversation.id and resume.generation == conversation.generation


def _to_tabs(visit: Visit, frame: bytes) -> None:
    for tab in visit.tabs:
        if tab.link is not None:
            tab.link.send(frame)


def _new_conversation(
    live: LiveSite,
    visit: Visit,
    tab: Tab,
    rule: EngagementRule,
    plan: RoutingPlan,
    client_msg_id: str,
    text: str,
    *,
    card: dict[str, Any] | None = None,
    offline_form: bool = False,
) -> NewConversation:
    """All that the store needs to open a conversation, and the agent to see how it came about (R6)."""
    opening = None
    if rule.action.kind is ActionKind.MESSAGE and not offline_form:
        opening = live.site.text(rule.action.text, visit.arrival.language)
    campaign = live.site.campaigns.get(rule.campaign)
    return NewConversation(
        id=ConversationId(fresh_id()),
        visitor=visit.visitor,
        visit=visit.id,
        rule=rule.id,
        campaign=rule.campaign,
        priority=100 if campaign is None else campaign.priority,
        client_msg_id=client_msg_id,
        text=text,
        opening_text=opening,
        card=encode(card or card_of(visit, tab)),
        plan=plan,
        offline_form=offline_form,
    )
