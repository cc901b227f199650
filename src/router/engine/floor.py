"""The floor: what agents see of one another and of the lines of their groups, and managers of everything (R7, R11)."""

from collections.abc import Mapping

from router.core.presence.agent import AgentPresence, Status
from router.core.routing.group import RoutingGroup
from router.core.site.site import group_of_one
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import SECOND, Instant
from router.engine.clock import Clock
from router.engine.desks import Desks, is_manager
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.views import state_for_agent
from router.ports import Alert, ConversationChanged, WaitingChanged
from router.protocol import agent as wire
from router.protocol.codec import encode


class Floor:
    """Tells the agents of what goes on around them."""

    def __init__(self, desks: Desks, holdings: Holdings, clock: Clock) -> None:
        self._desks = desks
        self._holdings = holdings
        self._clock = clock
        self._waiting: dict[SiteId, dict[GroupId, WaitingChanged]] = {}
        self._to_tell: dict[SiteId, None] = {}

    def presence_changed(self, live: LiveSite, before: AgentPresence | None, presence: AgentPresence) -> None:
        """Tell the agent's own devices; colleagues and queues are told together, at the next beat."""
        if before is None or status_of(before) != status_of(presence):
            self._desks.send(live.site.id, presence.id, encode(status_of(presence)))
        self._to_tell[live.site.id] = None

    def waiting_changed(self, live: LiveSite, news: WaitingChanged) -> None:
        """The line of a group changed."""
        self._waiting.setdefault(live.site.id, {})[news.group] = news
        self._to_tell[live.site.id] = None

    def tell_of_others(self, sites: Mapping[SiteId, LiveSite]) -> None:
        """Send colleagues and queues to everybody whose site changed since the last beat."""
        to_tell, self._to_tell = self._to_tell, {}
        for site in to_tell:
            live = sites.get(site)
            if live is None:
                continue
            colleagues = colleagues_of(live)
            for agent in self._desks.agents_of(site):
                self._desks.send(site, agent, colleagues, self._queues(live, agent))

    def view(self, live: LiveSite, agent: AgentId) -> tuple[bytes, bytes]:
        """Colleagues and queues, as an agent who connects is told of them."""
        return colleagues_of(live), self._queues(live, agent)

    def _queues(self, live: LiveSite, agent: AgentId) -> bytes:
        return queues_of(live, agent, self._waiting.get(live.site.id, {}), self._clock.now())

    def conversation_changed(self, live: LiveSite, news: ConversationChanged) -> None:
        """Show managers who watch how every conversation stands; whoever holds one hears of it otherwise."""
        watching = self._desks.watching(live.site.id)
        if watching and news.reason != "position":
            frame = state_for_agent(live, news.conversation, news.reason)
            for device in watching:
                if news.conversation.id not in self._holdings.of(live.site.id, device.agent):
                    device.link.send(frame)

    def alert(self, live: LiveSite, news: Alert) -> None:
        """Something that managers should look at."""
        alert = wire.Alert(code=news.code, conversation=news.conversation, message=_ALERTS[news.code])
        for device in self._desks.of_site(live.site.id):
            if device.is_manager:
                device.answer(alert)


_ALERTS = {"nobody_answered": "everybody who is online let this conversation pass unanswered; it goes round again"}


def status_of(presence: AgentPresence) -> wire.MyStatus:
    """An agent's own status, as her devices are told of it."""
    reason: wire.StatusReason = "chosen" if presence.away_because is None else presence.away_because.value
    return wire.MyStatus(status=presence.status.value, capacity=presence.capacity, reason=reason)


def groups_of(live: LiveSite, agent: AgentId) -> list[RoutingGroup]:
    """The groups that the agent is a member of."""
    return [group for group in live.site.groups.values() if agent in group.members]


def shared_groups(live: LiveSite) -> list[RoutingGroup]:
    """The groups of the site, but those that stand for one agent as the target of a routing rule."""
    of_one = {group_of_one(agent) for agent in live.site.agents}
    return [group for group in live.site.groups.values() if group.id not in of_one]


def colleagues_of(live: LiveSite) -> bytes:
    """Everybody who answers on the site: status, free places, groups."""
    colleagues = []
    for agent in live.site.agents.values():
        presence = live.presences.get(agent.id, AgentPresence(id=agent.id))
        shown = presence.status if presence.connected else Status.OFFLINE
        groups: list[str] = [group.id for group in groups_of(live, agent.id)]
        colleagues.append(
            wire.Colleague(id=agent.id, name=agent.name, status=shown.value, free=_free_places(presence), groups=groups)
        )
    return encode(wire.Colleagues(colleagues=colleagues))


def queues_of(live: LiveSite, agent: AgentId, waiting: Mapping[GroupId, WaitingChanged], now: Instant) -> bytes:
    """The lines of an agent's groups (of all, for a manager), and who is there to shorten them."""
    queues = []
    for group in shared_groups(live) if is_manager(live, agent) else groups_of(live, agent):
        line = waiting.get(group.id)
        members = [live.presences[member] for member in group.members if member in live.presences]
        queues.append(
            wire.QueueOfGroup(
                id=group.id,
                waiting=0 if line is None else line.waiting,
                longest_wait=0 if line is None or line.oldest is None else max(0, (now - line.oldest) // SECOND),
                online=sum(member.online for member in members),
                free=sum(_free_places(member) for member in members),
            )
        )
    return encode(wire.Queue(groups=queues))


def _free_places(presence: AgentPresence) -> int:
    return max(0, presence.capacity - presence.load) if presence.online else 0
