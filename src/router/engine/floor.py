"""The floor: what agents see of one another, of the lines of their groups, and of the visitors (R7, R11)."""

from collections.abc import Mapping
from typing import Literal

from router.core.presence.agent import AgentPresence, Status
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import SECOND, Instant
from router.engine.clock import Clock
from router.engine.desks import Desks
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.ports import WaitingChanged
from router.protocol import agent as wire
from router.protocol.codec import encode


class Floor:
    """Tells the agents of what goes on around them."""

    def __init__(self, desks: Desks, holdings: Holdings, clock: Clock) -> None:
        self._desks = desks
        self._holdings = holdings
        self._clock = clock
        self._waiting: dict[SiteId, dict[GroupId, WaitingChanged]] = {}
        self._to_tell: set[SiteId] = set()

    def presence_changed(self, live: LiveSite, before: AgentPresence | None, presence: AgentPresence) -> None:
        """Tell the agent's own devices; colleagues and queues are told together, at the next beat."""
        if before is None or (before.status, before.capacity) != (presence.status, presence.capacity):
            self._desks.send(live.site.id, presence.id, status_of(presence))
        self._to_tell.add(live.site.id)

    def waiting_changed(self, live: LiveSite, news: WaitingChanged) -> None:
        """The line of a group changed."""
        self._waiting.setdefault(live.site.id, {})[news.group] = news
        self._to_tell.add(live.site.id)

    def tell_of_others(self, sites: Mapping[SiteId, LiveSite]) -> None:
        """Send colleagues and queues to everybody whose site changed since the last beat."""
        to_tell, self._to_tell = self._to_tell, set()
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

    def visitor_changed(self, live: LiveSite, visit: Visit, tab: Tab, what: Literal["page", "left", "back"]) -> None:
        """A visitor viewed a page, left or came back: tell who holds the conversation, and who watches."""
        frame = encode(
            wire.VisitorChanged(
                conversation=visit.conversation,
                visit=visit.id,
                what=what,
                page={"url": tab.url, "pages_viewed": visit.pages_viewed},
            )
        )
        for device in self._desks.of_site(live.site.id):
            if device.watches or visit.conversation in self._holdings.of(live.site.id, device.agent):
                device.link.send(frame)


def status_of(presence: AgentPresence) -> bytes:
    """The frame that tells an agent's devices of her status."""
    return encode(wire.MyStatus(status=presence.status.value, capacity=presence.capacity, reason="chosen"))


def colleagues_of(live: LiveSite) -> bytes:
    """Everybody who answers on the site: status, free places, groups."""
    colleagues = []
    for agent in live.site.agents.values():
        presence = live.presences.get(agent.id, AgentPresence(id=agent.id))
        shown = presence.status if presence.connected else Status.OFFLINE
        groups: list[str] = [group.id for group in live.site.groups.values() if agent.id in group.members]
        colleagues.append(
            wire.Colleague(id=agent.id, name=agent.name, status=shown.value, free=_free_places(presence), groups=groups)
        )
    return encode(wire.Colleagues(colleagues=colleagues))


def queues_of(live: LiveSite, agent: AgentId, waiting: Mapping[GroupId, WaitingChanged], now: Instant) -> bytes:
    """The lines of an agent's groups, and who is there to shorten them."""
    queues = []
    for group in live.site.groups.values():
        if agent not in group.members:
            continue
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
