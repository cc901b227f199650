"""Agents coming, going and choosing: their devices, and the status and leases that the store keeps of them."""

import structlog

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import Milliseconds
from router.engine.clock import Clock
from router.engine.desks import Desks, Device
from router.engine.floor import Floor, status_of
from router.engine.holdings import Holdings
from router.engine.links import AgentLink, EarlyLink
from router.engine.live_site import LiveSite
from router.ports import Presence, Renewal, StoreUnavailable
from router.protocol import agent as wire
from router.protocol.codec import encode

NOT_ALLOWED = 4003
"""Close code of the wire contract: the right to be here was taken away."""

log = structlog.get_logger(__name__)


class Agents:
    """Brings the devices of this process and the presence in the store together."""

    def __init__(
        self, desks: Desks, holdings: Holdings, floor: Floor, presence: Presence, clock: Clock, *, worker: str
    ) -> None:
        """`worker` names this run of this process."""
        self._desks = desks
        self._holdings = holdings
        self._floor = floor
        self._presence = presence
        self._clock = clock
        self._worker = worker

    async def connect(self, live: LiveSite, agent: AgentId, socket: AgentLink) -> Device:
        """Take a device: welcome it with what the agent holds, then give her work if she has room."""
        device = Device(live, agent, socket)
        device.link = early = EarlyLink(socket)
        self._desks.enter(device)
        try:
            presence = await self._presence.connect(
                live.site.id, agent, device=device.id, capacity=live.site.agents[agent].capacity
            )
            held = await self._holdings.begin(live, agent)
        except BaseException:
            await self.disconnect(device)
            raise
        device.link = early.open(self._welcome(live, agent, presence, held), *self._floor.view(live, agent))
        if presence.free:
            await self._presence.serve(live.site.id, agent, live.open_groups_of(agent, self._clock.now()))
        return device

    def _welcome(
        self, live: LiveSite, agent: AgentId, presence: AgentPresence, held: list[wire.ConversationForAgent]
    ) -> bytes:
        groups = [group for group in live.site.groups.values() if agent in group.members]
        replies = live.site.canned_replies
        return encode(
            wire.Welcome(
                agent=wire.Named(id=agent, name=live.site.agents[agent].name),
                worker=self._worker,
                groups=[wire.GroupView(id=group.id, name=group.name) for group in groups],
                status=presence.status.value,
                capacity=presence.capacity,
                canned_replies=[
                    wire.CannedReplyView(shortcut=shortcut, texts=dict(texts)) for shortcut, texts in replies.items()
                ],
                conversations=held,
            )
        )

    async def disconnect(self, device: Device) -> None:
        """A device is gone; without another one the agent gets no new work at once."""
        site, agent = device.live.site.id, device.agent
        self._desks.leave(device)
        if not self._desks.is_here(site, agent):
            self._holdings.forget(site, agent)
        try:
            await self._presence.disconnect(site, agent, device=device.id)
        except StoreUnavailable:
            log.warning("an agent's departure could not be stored; the lease will run out", agent=agent)

    async def choose(self, device: Device, message: wire.SetStatus) -> None:
        """Set what the agent chose; work that waits for her comes at once."""
        live = device.live
        if message.status is None and message.capacity is None:
            return
        before = live.presences.get(device.agent)
        presence = await self._presence.choose(
            live.site.id,
            device.agent,
            status=None if message.status is None else Status(message.status),
            capacity=message.capacity,
            groups=live.open_groups_of(device.agent, self._clock.now()),
        )
        if before is not None and (before.status, before.capacity) == (presence.status, presence.capacity):
            device.link.send(status_of(presence))  # nothing changed, so no news will answer

    async def renew(self, live: LiveSite) -> None:
        """Lengthen the leases of every device that is connected here, and give free places to those who wait."""
        now = self._clock.now()
        for device in self._desks.of_site(live.site.id):
            if not self._desks.has(device):
                continue  # it left while others were renewed
            groups = tuple(live.open_groups_of(device.agent, now))
            await self._presence.renew(live.site.id, [Renewal(device.agent, device.id, Milliseconds(0), groups)])
            if not self._desks.has(device):
                await self._presence.disconnect(live.site.id, device.agent, device=device.id)

    async def reconfigured(self, live: LiveSite) -> None:
        """Let go of those who are no agents of the site any more; whoever joined a group may have work at once."""
        for device in self._desks.of_site(live.site.id):
            if device.agent not in live.site.agents:
                device.link.close(NOT_ALLOWED, "no agent of this site any more")
        await self.renew(live)
