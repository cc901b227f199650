"""What takes a conversation to another agent, back to the line, or to its end, in the store of a world."""

from router.core.conversations.lifecycle import Event, Unassigned
from router.core.routing.plan import RoutingPlan
from router.core.vocabulary.ids import GroupId
from tests.worlds.model.agents import changing, count_miss
from tests.worlds.model.seats import leave_lines, release
from tests.worlds.model.tables import Change, StoredConversation
from tests.worlds.model.waits import cause_under, close, end_wait, requeue, route


def do_what_is_due(change: Change, conversation: StoredConversation, what: str, plan: RoutingPlan | None) -> None:
    """Do one thing that is due; to try again is not one, for all that wait are tried."""
    holder = conversation.agent
    match what:
        case "visitor_gone" if holder is None:
            end_wait(change, conversation, Event.CLOSE, cause_under(change, plan), "visitor_gone")
        case "visitor_gone":
            close(change, conversation, "visitor_gone")
        case "tell_lost":
            conversation.told_lost = True
            change.tell(conversation, holder, "agent_lost")
        case "agent_lost":
            release(change, conversation, Unassigned.AGENT_LOST)
            requeue(change, conversation, head=True, preferred=holder)
        case "agent_away":
            release(change, conversation, Unassigned.AGENT_AWAY)
            requeue(change, conversation)
        case "no_answer" if holder is not None:
            conversation.excluded = [*conversation.excluded, holder]
            release(change, conversation, Unassigned.NO_ANSWER)
            requeue(change, conversation)
            count_miss(change, holder)
        case "idle" if holder is not None:
            with changing(change, holder) as agent:
                del agent.holding[conversation.id]
                agent.idle[conversation.id] = None
            conversation.idle = True


def hand_to_group(
    change: Change, conversation: StoredConversation, group: GroupId | None, plan: RoutingPlan | None
) -> None:
    """Nobody gets back what she has just given away, unless there is nobody else."""
    giver = conversation.agent
    if giver is not None:
        release(change, conversation, Unassigned.TRANSFERRED)
    else:
        leave_lines(change, conversation)
        change.lost[conversation.id] = (None, str(Unassigned.TRANSFERRED))
    conversation.excluded = [] if giver is None else [giver]
    conversation.target = conversation.group = group
    conversation.lines = []
    requeue(change, conversation, head=True)
    route(change, conversation, plan)


def begin_again(change: Change, conversation: StoredConversation, card: bytes) -> None:
    """Put a closed conversation back to where it can be routed; its agent is preferred."""
    change.tables.visitor_open[conversation.visitor] = conversation.id
    change.tables.visitor_last.pop(conversation.visitor, None)
    agent, conversation.agent = conversation.agent, None
    conversation.assigned_because = conversation.preferred = None
    conversation.visitor_gone_at = None
    conversation.served_by = change.tables.owner_of(conversation.visitor)
    conversation.replied = conversation.idle = conversation.told_lost = conversation.head = False
    conversation.excluded, conversation.lines = [], []
    conversation.waiting_since, conversation.card = change.now, card
    change.lost[conversation.id] = (None, "reopened")
    requeue(change, conversation, Event.REOPEN, preferred=agent)
