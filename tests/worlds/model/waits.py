"""Waiting in the store of a world, and the ends: what becomes of a conversation that finds or loses an agent (R7)."""

from router.core.conversations.conversation import State
from router.core.conversations.lifecycle import Event, Unassigned
from router.core.routing.distribution import Nobody, Wait, has_only_excluded
from router.core.routing.plan import RoutingPlan
from router.core.routing.routing_rule import Then
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import SECOND, Instant, Milliseconds
from router.ports import Alert
from tests.worlds.model.agents import changing
from tests.worlds.model.seats import free_place, join_lines, leave_lines, place, release
from tests.worlds.model.tables import Change, StoredConversation

LOOK_AGAIN = Milliseconds(5 * SECOND)
"""For what no place tells of: the last agent of a group who leaves, all who are excluded."""


def end_wait(change: Change, conversation: StoredConversation, event: Event, cause: str, by: str) -> None:
    """The wait ends without an agent; only who never had one is a missed contact."""
    leave_lines(change, conversation)
    _end(change, conversation, event)
    if conversation.was_held:
        change.record("closed", conversation, conversation.version, answered=conversation.answered, by=by)
    else:
        change.record("missed_contact", conversation, conversation.version, cause=cause)
    before, _ = change.lost.get(conversation.id, (None, ""))
    change.tell(conversation, before, cause)


def close(change: Change, conversation: StoredConversation, by: str, outcome: str | None = None) -> None:
    """End a conversation that an agent holds; whoever calls gives the freed place away."""
    free_place(change, conversation)
    conversation.idle = False
    _end(change, conversation, Event.CLOSE)
    answered = conversation.answered
    change.record("closed", conversation, conversation.version, outcome=outcome, answered=answered, by=by)
    change.tell(conversation, conversation.agent, by)


def _end(change: Change, conversation: StoredConversation, event: Event) -> None:
    change.tables.visitor_open.pop(conversation.visitor, None)
    conversation.closed_at = change.now
    change.move(conversation, event)
    if conversation.state is State.CLOSED:
        change.tables.visitor_last[conversation.visitor] = conversation.id


def requeue(
    change: Change,
    conversation: StoredConversation,
    event: Event = Event.REQUEUE,
    *,
    preferred: AgentId | None = None,
    head: bool = False,
) -> None:
    """It waits once more; where, is for the caller to say."""
    conversation.queued_at = change.now
    conversation.preferred = preferred or conversation.preferred
    conversation.head = head or conversation.head
    change.move(conversation, event)
    change.record("queued", conversation, conversation.version)


def route(change: Change, conversation: StoredConversation, plan: RoutingPlan | None) -> None:
    """Assign the conversation by the plan, else let it wait, or end a wait that was too long."""
    if plan is None:
        end_wait(change, conversation, Event.GIVE_UP, "absent", "no_routing")
        return
    conversation.routing_rule, conversation.day = plan.routing_rule, plan.day
    is_new, is_back = conversation.state is None, conversation.id in change.lost
    waited = Milliseconds(change.now - conversation.queued_at)
    found = place(change, conversation, plan, waited)
    if found is None:
        return
    longest = plan.max_wait
    if longest is None:
        longest = change.times.returned_wait if conversation.was_held or conversation.target else Milliseconds(0)
    left = longest - waited
    if left <= 0 or (is_new and isinstance(found, Nobody)):
        event = Event.CLOSE if not is_new and plan.then is Then.CLOSE else Event.GIVE_UP
        end_wait(change, conversation, event, cause_under(change, plan), "max_wait")
        return
    if isinstance(found, Nobody):
        found = Wait(tuple(group.id for group in plan.groups), plan.groups[0].id)
    look_in = left if found.overflow_in is None else min(left, found.overflow_in)
    if found.overflow_in is not None or conversation.excluded:
        look_in = min(look_in, LOOK_AGAIN)
    if is_new:
        conversation.group = found.group
        change.move(conversation, Event.QUEUE)
        change.record("queued", conversation, conversation.version)
    elif is_back:
        conversation.group = found.group
    join_lines(change, conversation, found.lines, Instant(change.now + look_in))
    if is_new or is_back:
        tell_place(change, conversation)


def tell_place(change: Change, conversation: StoredConversation) -> None:
    """Tell where it waits now."""
    conversation.told_position = change.tables.view(conversation).position
    change.tell_where_it_went(conversation)


def clear_exclusions(change: Change, conversation: StoredConversation, plan: RoutingPlan | None) -> None:
    """When everybody who is online has let the conversation pass, it goes round again."""
    presences = {agent: change.presence(agent) for agent in change.tables.agents}
    if plan is not None and has_only_excluded(plan, presences, conversation.excluded):
        change.record("exclusions_cleared", conversation, conversation.version, excluded=conversation.excluded)
        change.news.append(Alert(conversation.id, "nobody_answered"))
        conversation.excluded = []


def wake(change: Change, conversation: StoredConversation) -> None:
    """The visitor wrote: an idle conversation takes a place of its agent again, or waits for one."""
    if not conversation.idle or conversation.agent is None:
        return
    agent = conversation.agent
    presence = change.presence(agent)
    if presence.load < presence.capacity:
        with changing(change, agent) as stored:
            del stored.idle[conversation.id]
            stored.holding[conversation.id] = None
        conversation.idle = False
        return
    release(change, conversation, Unassigned.CAPACITY)
    requeue(change, conversation, preferred=agent, head=True)
    assert conversation.group is not None, "whoever had an agent has a group"
    join_lines(change, conversation, [conversation.group], change.now)  # looked at next, with a plan
    tell_place(change, conversation)


def cause_under(change: Change, plan: RoutingPlan | None) -> str:
    """Why nobody could answer, at the moment when a wait ends (A8)."""
    groups = () if plan is None else plan.groups
    online = any(change.presence(member).online for group in groups if group.is_open for member in group.members)
    return "busy" if online else "absent"
