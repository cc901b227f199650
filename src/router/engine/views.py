"""What either side sees of a conversation: the store's structs turned into messages of the wire contract."""

from collections.abc import Sequence

import msgspec

from router.core.conversations.conversation import Conversation, Message, Sender, State
from router.core.routing.waiting_line import expected_wait
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import GroupId
from router.core.vocabulary.values import format_instant
from router.engine.live_site import LiveSite
from router.protocol import agent as desk
from router.protocol import visitor as widget
from router.protocol.card import PageNow, VisitorCard, WindowSize
from router.protocol.codec import encode
from router.protocol.shapes import MessageView


class _NameOnCard(msgspec.Struct):
    name: str | None = None


_read_card = msgspec.json.Decoder(VisitorCard).decode
_read_name = msgspec.json.Decoder(_NameOnCard).decode


def message_view(message: Message) -> MessageView:
    """A message inside a snapshot."""
    return MessageView(
        seq=message.seq,
        sender=str(message.sender),
        text=message.text,
        at=format_instant(message.at),
        name=message.name,
        client_msg_id=message.client_msg_id,
        note=message.note,
    )


def agent_view(live: LiveSite, conversation: Conversation) -> widget.AgentView | None:
    """The agent as the visitor sees her."""
    agent = live.site.agents.get(conversation.agent) if conversation.agent is not None else None
    return None if agent is None else widget.AgentView(name=agent.name, avatar=agent.avatar)


def expected_wait_of(conversation: Conversation, places: int) -> int | None:
    """Whole seconds until the conversation may be assigned, while it waits; None when nothing tells (R7).

    `places` are those of its group.
    """
    return None if conversation.position is None else expected_wait(conversation.position, places)


def places_in(live: LiveSite, group_id: GroupId | None) -> int:
    """Conversations that those who are online in a group can hold at once."""
    group = live.site.groups.get(group_id) if group_id is not None else None
    members = [] if group is None else [live.presences[each] for each in group.members if each in live.presences]
    return sum(member.capacity for member in members if member.online)


def state_for_visitor(live: LiveSite, conversation: Conversation, reason: str | None) -> bytes:
    """The frame that tells a visitor where the conversation stands."""
    return encode(
        widget.ConversationState(
            id=conversation.id,
            version=conversation.version,
            generation=conversation.generation,
            state=conversation.state.value,
            last_seq=conversation.visible_seq,
            agent=agent_view(live, conversation),
            position=conversation.position,
            expected_wait=expected_wait_of(conversation, places_in(live, conversation.group)),
            reason=reason,
        )
    )


def snapshot_for_visitor(
    live: LiveSite, conversation: Conversation, messages: Sequence[Message]
) -> widget.ConversationSnapshot:
    """The conversation with its last messages; notes are not the visitor's."""
    return widget.ConversationSnapshot(
        id=conversation.id,
        version=conversation.version,
        generation=conversation.generation,
        state=conversation.state.value,
        last_seq=conversation.visible_seq,
        agent=agent_view(live, conversation),
        position=conversation.position,
        expected_wait=expected_wait_of(conversation, places_in(live, conversation.group)),
        messages=[message_view(message) for message in messages if not message.note],
    )


def message_for_visitor(conversation: str, message: Message) -> bytes:
    """A message on its way to the visitor."""
    return encode(
        widget.MessageToVisitor(
            conversation=conversation,
            seq=message.seq,
            sender=str(message.sender),
            text=message.text,
            at=format_instant(message.at),
            name=message.name,
            client_msg_id=message.client_msg_id if message.sender is Sender.VISITOR else None,
        )
    )


def state_for_agent(live: LiveSite, conversation: Conversation, reason: str | None) -> bytes:
    """The frame that tells an agent where a conversation stands, and who holds it."""
    holder = live.site.agents.get(conversation.agent) if conversation.agent is not None else None
    return encode(
        desk.ConversationState(
            id=conversation.id,
            conversation=conversation.id,
            version=conversation.version,
            generation=conversation.generation,
            state=conversation.state.value,
            last_seq=conversation.last_seq,
            agent=None if holder is None else desk.Named(id=holder.id, name=holder.name),
            group=group_of(live, conversation),
            reason=reason,
            visitor_name=_read_name(conversation.card).name,
            waiting_since=format_instant(conversation.waiting_since) if conversation.state is State.QUEUED else None,
        )
    )


def message_for_agent(conversation: str, message: Message) -> bytes:
    """A message on its way to the agent's devices."""
    return encode(
        desk.MessageToAgent(
            conversation=conversation,
            seq=message.seq,
            sender=str(message.sender),
            text=message.text,
            at=format_instant(message.at),
            name=message.name,
            client_msg_id=message.client_msg_id if message.sender is not Sender.VISITOR else None,
            note=message.note,
        )
    )


def rule_and_campaign(live: LiveSite, conversation: Conversation) -> tuple[desk.Named, desk.Named]:
    """What brought the conversation (R6); a rule that was retired since is shown by its id."""
    index = live.outlook.ruleset.index.get(conversation.rule)
    rule_name = conversation.rule if index is None else live.outlook.ruleset.rules[index].name
    campaign = live.site.campaigns.get(conversation.campaign)
    return (
        desk.Named(id=conversation.rule, name=rule_name),
        desk.Named(id=conversation.campaign, name=conversation.campaign if campaign is None else campaign.name),
    )


def group_of(live: LiveSite, conversation: Conversation) -> desk.Named | None:
    """The group that the conversation was assigned in."""
    if conversation.group is None:
        return None
    group = live.site.groups.get(conversation.group)
    return desk.Named(id=conversation.group, name=conversation.group if group is None else group.name)


def conversation_for_agent(
    live: LiveSite, conversation: Conversation, messages: Sequence[Message]
) -> desk.ConversationForAgent:
    """The conversation with all that an agent sees of it."""
    rule, campaign = rule_and_campaign(live, conversation)
    return desk.ConversationForAgent(
        id=conversation.id,
        version=conversation.version,
        generation=conversation.generation,
        state=conversation.state.value,
        last_seq=conversation.last_seq,
        rule=rule,
        campaign=campaign,
        group=group_of(live, conversation),
        visitor=_read_card(conversation.card),
        here=conversation.visitor_gone_at is None,
        messages=[message_view(message) for message in messages],
        assigned_because=conversation.assigned_because,
    )


def assigned_to_agent(live: LiveSite, conversation: Conversation, messages: Sequence[Message]) -> bytes:
    """The frame that hands a conversation to an agent."""
    rule, campaign = rule_and_campaign(live, conversation)
    return encode(
        desk.Assigned(
            conversation=conversation.id,
            version=conversation.version,
            generation=conversation.generation,
            rule=rule,
            campaign=campaign,
            group=group_of(live, conversation),
            visitor=_read_card(conversation.card),
            here=conversation.visitor_gone_at is None,
            messages=[message_view(message) for message in messages],
            assigned_because=conversation.assigned_because,
        )
    )


def to_tabs(visit: Visit, *frames: bytes, but: str | None = None) -> None:
    """Send frames to every open tab of a visit, but one."""
    for tab in visit.tabs:
        if tab.link is not None and tab.id != but:
            for frame in frames:
                tab.link.send(frame)


def card_of(visit: Visit, tab: Tab) -> VisitorCard:
    """The visitor as the agent first sees her (R6): page, history, place, device, custom data."""
    arrival = visit.arrival
    return VisitorCard(
        id=visit.visitor,
        visit=visit.id,
        name=visit.customer_name,
        customer=visit.customer,
        page=PageNow(url=tab.url, since=format_instant(tab.page_at)),
        pages=list(visit.trail),
        pages_viewed=visit.pages_viewed,
        visit_started=format_instant(visit.started_at),
        visits=arrival.visits,
        previous_conversations=arrival.previous_conversations,
        country=arrival.country,
        city=arrival.city,
        language=arrival.language,
        device_type=arrival.device_type,
        referrer=arrival.referrer,
        search_keyword=arrival.search_keyword,
        source_type=arrival.source_type,
        window=WindowSize(width=tab.window_width, height=tab.window_height),
        data={**(visit.data or {}), **(tab.page_data or {})},
    )
