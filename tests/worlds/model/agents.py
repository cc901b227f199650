"""Agents in the store of a world: leases, being lost or away, and what is due in a conversation because of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from router.core.conversations.conversation import State
from router.core.presence.agent import AwayBecause, Status
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import Instant
from tests.worlds.model.tables import NEVER, Change, StoredAgent, StoredConversation

OPEN = (State.QUEUED, State.ASSIGNED)

TOLD = ("status", "away_because", "capacity", "load", "connected", "free_since")


@contextmanager
def changing(change: Change, agent: AgentId) -> Iterator[StoredAgent]:
    """Change something of an agent; then see to it since when she is free or away, and who is told."""
    stored = change.tables.agent(agent)
    before = change.presence(agent)
    yield stored
    after = change.presence(agent)
    if after.free and not before.free:
        stored.free_since = change.now
    if after.status != before.status:
        if after.status is Status.ONLINE:
            stored.away_at = NEVER
        elif before.status is Status.ONLINE:
            stored.away_at = change.now
    if after.connected and not before.connected:
        _tell_back(change, stored)
    after = change.presence(agent)
    if any(getattr(after, name) != getattr(before, name) for name in TOLD):
        change.touch(agent)


def _tell_back(change: Change, stored: StoredAgent) -> None:
    """Visitors who were told that she is lost are told that she is back."""
    for each in stored.held:
        conversation = change.tables.conversations[each]
        if conversation.told_lost:
            conversation.told_lost = False
            change.tell(conversation, stored.id, "agent_back")


def lost_at(stored: StoredAgent, now: Instant) -> Instant | None:
    """Since when no socket of hers lives; None while one does."""
    if stored.lease is None:
        return NEVER if stored.lost_at is None else stored.lost_at
    return stored.lease if stored.lease <= now else None


def keep_lease(change: Change, agent: AgentId, device: str, age: int) -> None:
    """Take a proof of life of a socket, `age` ms ago."""
    expiry = Instant(change.now + change.times.lease - age)
    if expiry <= change.now:
        return
    stored = change.tables.agent(agent)
    was_lost = lost_at(stored, change.now) is not None
    stored.devices[device] = max(expiry, stored.devices.get(device, NEVER))
    stored.lease = max(expiry, stored.lease or NEVER)
    if was_lost:
        stored.lost_at = None
        if not stored.bot:
            stored.inactive_at = Instant(change.now + change.times.inactive_after)


def lose(change: Change, stored: StoredAgent, at: Instant) -> None:
    """No socket of the agent lives any more, since that instant."""
    stored.lease = stored.inactive_at = None
    stored.devices.clear()
    stored.lost_at = at
    change.touch(stored.id)


def drop_devices(change: Change, agent: AgentId, devices: Sequence[str]) -> None:
    """These sockets of the agent are gone; the longest lease of the others remains."""
    stored = change.tables.agents.get(agent)
    if stored is None or not [device for device in devices if stored.devices.pop(device, None) is not None]:
        return
    longest = max(stored.devices.values(), default=NEVER)
    if longest > change.now:
        stored.lease = longest
    else:
        lose(change, stored, change.now)


def sign_of_life(change: Change, agent: AgentId) -> None:
    """The person did something: she is not away by inactivity. Bots never are."""
    stored = change.tables.agent(agent)
    if stored.bot:
        return
    stored.inactive_at = Instant(change.now + change.times.inactive_after)
    if stored.away_because is AwayBecause.INACTIVE:
        with changing(change, agent):
            stored.away_because = None


def send_away(change: Change, agent: AgentId, because: AwayBecause) -> None:
    """She is away, though she chose to be online."""
    if change.presence(agent).status is Status.ONLINE:
        with changing(change, agent) as stored:
            stored.away_because = because


def count_miss(change: Change, agent: AgentId) -> None:
    """A conversation passed the agent unanswered."""
    stored = change.tables.agent(agent)
    stored.misses += 1
    if stored.misses >= change.times.misses_until_away:
        send_away(change, agent, AwayBecause.MISSED)


def next_look(change: Change, conversation: StoredConversation) -> tuple[Instant, str] | None:
    """The next moment at which time alone changes something in the conversation, and what; None when it has ended."""
    times = change.times
    if conversation.state not in OPEN:
        return None
    moments: list[tuple[int, str]] = []
    if conversation.visitor_gone_at is not None:
        moments.append((conversation.visitor_gone_at + times.visitor_kept, "visitor_gone"))
    if conversation.agent is None:
        moments.append((conversation.next_try, "try"))
    else:
        moments += _of_holder(change, conversation, change.tables.agent(conversation.agent))
    if not moments:
        return None
    at, what = min(moments, key=lambda moment: moment[0])
    return Instant(at), what


def _of_holder(change: Change, conversation: StoredConversation, holder: StoredAgent) -> list[tuple[int, str]]:
    """What becomes due because of how its agent stands, in the order in which it is done when both are."""
    times, lost, moments = change.times, lost_at(holder, change.now), []
    if lost is not None:
        grace_ends = lost + times.grace
        if not conversation.replied:
            moments.append((grace_ends, "agent_lost"))
        elif conversation.told_lost:
            moments.append((grace_ends + times.answered_kept, "agent_lost"))
        else:
            moments.append((grace_ends, "tell_lost"))
    elif not conversation.replied:
        moments.append((conversation.assigned_at + times.first_answer_within, "no_answer"))
    if not conversation.replied:
        if holder.away_at > conversation.assigned_at:
            moments.append((holder.away_at + times.inactive_grace, "agent_away"))
    elif not conversation.idle:
        moments.append((conversation.messages[-1].at + times.idle_after, "idle"))
    return moments
