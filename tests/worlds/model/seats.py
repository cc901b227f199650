"""Who gets what in the store of a world: places of agents, places in the lines.

The choice is that of `core/routing/distribution`; here is what follows from it.
"""

from collections.abc import Sequence

from router.core.conversations.lifecycle import Event, Unassigned
from router.core.routing.distribution import Choice, Nobody, Wait, choose
from router.core.routing.plan import RoutingPlan
from router.core.routing.waiting_line import place_in_line
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import Instant, Milliseconds
from tests.worlds.model.agents import changing
from tests.worlds.model.tables import NEVER, Change, StoredConversation


def join_lines(change: Change, conversation: StoredConversation, groups: Sequence[GroupId], next_try: Instant) -> None:
    """Wait in the lines of these groups too, until `next_try`."""
    conversation.lines += [group for group in groups if group not in conversation.lines]
    for group in groups:
        change.tables.waiting[group][conversation.id] = None
    conversation.next_try = next_try
    change.touch_lines(conversation)


def leave_lines(change: Change, conversation: StoredConversation) -> None:
    """Wait no more."""
    change.touch_lines(conversation)
    for group in conversation.lines:
        change.tables.waiting[group].pop(conversation.id, None)


def hold(change: Change, conversation: StoredConversation, event: Event, agent: AgentId, group: GroupId | None) -> None:
    """The conversation is the agent's now."""
    conversation.preferred, conversation.head = None, False
    stored = change.tables.agent(agent)
    stored.holding[conversation.id] = None
    stored.free_since = change.now
    change.touch(agent)
    conversation.agent, conversation.group = agent, group
    conversation.assigned_at, conversation.was_held = change.now, True
    conversation.assigned_because = "as the reference chooses"
    change.move(conversation, event)
    change.record("assigned", conversation, conversation.version)
    change.tell_where_it_went(conversation)


def seat(change: Change, conversation: StoredConversation, agent: AgentId, group: GroupId) -> None:
    """Give a new or waiting conversation to an agent."""
    leave_lines(change, conversation)
    change.tables.shares[conversation.routing_rule, conversation.day][group] += 1
    hold(change, conversation, Event.ASSIGN, agent, group)


def free_place(change: Change, conversation: StoredConversation) -> None:
    """Its agent does not hold it any more."""
    assert conversation.agent is not None, "nobody holds it"
    with changing(change, conversation.agent) as stored:
        stored.holding.pop(conversation.id, None)
        stored.idle.pop(conversation.id, None)


def release(change: Change, conversation: StoredConversation, reason: Unassigned) -> None:
    """Take the conversation from its agent; a change of state or holder has to follow."""
    free_place(change, conversation)
    change.record("unassigned", conversation, conversation.version + 1, reason=str(reason))
    change.lost[conversation.id] = (conversation.agent, str(reason))
    conversation.agent = conversation.assigned_because = None
    conversation.assigned_at = NEVER
    conversation.replied = conversation.idle = conversation.told_lost = False


def hand_over(
    change: Change, conversation: StoredConversation, event: Event, reason: Unassigned, agent: AgentId
) -> None:
    """Give the conversation, whoever holds it or wherever it waits, to an agent by name."""
    if conversation.agent is not None:
        release(change, conversation, reason)
    else:
        leave_lines(change, conversation)
        change.lost[conversation.id] = (None, str(reason))
    conversation.excluded = []
    hold(change, conversation, event, agent, conversation.group)


def serve_one(change: Change, agent: AgentId, groups: Sequence[GroupId]) -> bool:
    """Give one free place of the agent to whom she had before, else to whoever waits longest in these groups."""
    waiting = [(each, group) for group in groups for each in change.tables.line(group) if agent not in each.excluded]
    if not waiting or not change.presence(agent).free:
        return False
    first, group = min(waiting, key=lambda one: (one[0].preferred != agent, rank(change, one[0])))
    seat(change, first, agent, group)
    return True


def serve(change: Change, agent: AgentId, groups: Sequence[GroupId]) -> None:
    """Give the agent's free places away."""
    while serve_one(change, agent, groups):
        pass


def found_for(
    change: Change, conversation: StoredConversation, plan: RoutingPlan, waited: Milliseconds
) -> Choice | Wait | Nobody:
    """What the reference finds for it now."""
    return choose(
        plan,
        {agent: change.presence(agent) for agent in change.tables.agents},
        change.tables.shares[plan.routing_rule, plan.day],
        waited=waited,
        excluded=conversation.excluded,
        preferred=conversation.preferred,
    )


def place(
    change: Change, conversation: StoredConversation, plan: RoutingPlan, waited: Milliseconds
) -> Wait | Nobody | None:
    """Look for an agent; whoever waits longer for the group that is found goes first. None: it was seated."""
    while True:
        found = found_for(change, conversation, plan, waited)
        if not isinstance(found, Choice):
            return found
        before = [
            each
            for each in change.tables.line(found.group)
            if found.agent not in each.excluded and rank(change, each) < rank(change, conversation)
        ]
        if found.agent == conversation.preferred or not before:
            seat(change, conversation, found.agent, found.group)
            return None
        serve_one(change, found.agent, [found.group])  # the next in line may be this one


def rank(change: Change, conversation: StoredConversation) -> tuple[object, ...]:
    """Its place in any line."""
    return place_in_line(change.tables.view(conversation, with_position=False))
