"""What agents see of one another and of the lines of their groups (R7, R11)."""

from collections.abc import Mapping

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import SECOND, Instant
from router.engine.live_site import LiveSite
from router.ports import WaitingChanged
from router.protocol import agent as desk
from router.protocol.codec import encode


def colleagues_of(live: LiveSite) -> bytes:
    """Everybody who answers on the site: status, free places, groups."""
    colleagues = []
    for agent in live.site.agents.values():
        presence = live.presences.get(agent.id, AgentPresence(id=agent.id))
        shown = presence.status if presence.connected else Status.OFFLINE
        groups: list[str] = [group.id for group in live.site.groups.values() if agent.id in group.members]
        colleagues.append(
            desk.Colleague(id=agent.id, name=agent.name, status=shown.value, free=_free_places(presence), groups=groups)
        )
    return encode(desk.Colleagues(colleagues=colleagues))


def queues_of(live: LiveSite, agent: AgentId, waiting: Mapping[GroupId, WaitingChanged], now: Instant) -> bytes:
    """The lines of an agent's groups, and who is there to shorten them."""
    queues = []
    for group in live.site.groups.values():
        if agent not in group.members:
            continue
        line = waiting.get(group.id)
        members = [live.presences[member] for member in group.members if member in live.presences]
        queues.append(
            desk.QueueOfGroup(
                id=group.id,
                waiting=0 if line is None else line.waiting,
                longest_wait=0 if line is None or line.oldest is None else max(0, (now - line.oldest) // SECOND),
                online=sum(member.online for member in members),
                free=sum(_free_places(member) for member in members),
            )
        )
    return encode(desk.Queue(groups=queues))


def _free_places(presence: AgentPresence) -> int:
    return max(0, presence.capacity - presence.load) if presence.online else 0
