"""Agents coming, going and choosing: their devices, and the status and leases that the store keeps of them."""

import asyncio

import structlog

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import Milliseconds
from router.engine.clock import Clock
from router.engine.desks import Desks, Device
from router.engine.floor import Floor, groups_of, shared_groups, status_of
from router.engine.holdings import Holdings
from router.engine.links import AgentLink, EarlyLink
from router.engine.live_site import LiveSite
from router.engine.receipts import receipts_for_agent
from router.engine.views import conversation_for_agent
from router.ports import Presence, Renewal, StoreUnavailable
from router.protocol import agent as wire
from router.protocol.codec import encode

NOT_ALLOWED = 4003
"""Close code of the wire contract: the right to be here was taken away."""

SIGN_EVERY_SECONDS = 1.0
"""A person who types gives many signs of life; the store needs one now and then, and inactivity takes minutes."""

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
        self._open: dict[SiteId, frozenset[GroupId]] = {}
        """The groups that were open at the last look."""

    async def connect(self, live: LiveSite, agent: AgentId, socket: AgentLink) -> Device:
        """Take a device: welcome it with what the agent holds, then give her work if she has room."""
        person = live.site.agents[agent]
        device = Device(live, agent, socket, worker=self._worker)
        device.link = early = EarlyLink(socket)
        self._desks.enter(device)
        try:
            presence = await self._presence.connect(
                live.site.id, agent, device=device.id, capacity=person.capacity, bot=person.bot
            )
            held = await self._holdings.begin(live, agent)
            device.told |= {each.id: each.last_seq for each, _ in held}
            welcome = self._welcome(live, agent, presence, [conversation_for_agent(live, *each) for each in held])
            receipts = [receipt for each, _ in held for receipt in receipts_for_agent(each)]
            device.link = early.open(welcome, *receipts, *self._floor.view(live, agent), told=device.told)
            if presence.free:
                await self._presence.serve(live.site.id, agent, live.open_groups_of(agent, self._clock.now()))
        except BaseException:
            await self.disconnect(device)
            raise
        return device

    def _welcome(
        self, live: LiveSite, agent: AgentId, presence: AgentPresence, held: list[wire.ConversationForAgent]
    ) -> bytes:
        mine, replies = status_of(presence), live.site.canned_replies
        return encode(
            wire.Welcome(
                agent=wire.Named(id=agent, name=live.site.agents[agent].name),
                worker=self._worker,
                groups=[wire.GroupView(id=group.id, name=group.name) for group in groups_of(live, agent)],
                site_groups=[wire.GroupView(id=group.id, name=group.name) for group in shared_groups(live)],
                status=mine.status,
                reason=mine.reason,
                capacity=mine.capacity,
                canned_replies=[
                    wire.CannedReplyView(shortcut=shortcut, texts=dict(texts)) for shortcut, texts in replies.items()
                ],
                custom_data=[
                    wire.CustomDataView(name=name, label=dict(data.label), unit=data.unit)
                    for name, data in live.site.custom_data.items()
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
        """Set what the agent chose; work that waits for her comes at once. Raise StoreUnavailable."""
        live = device.live
        if message.status is None and message.capacity is None:
            await self.note_active(device)
            return
        before = live.presences.get(device.agent)
        presence = await self._presence.choose(
            live.site.id,
            device.agent,
            status=None if message.status is None else Status(message.status),
            capacity=message.capacity,
            groups=live.open_groups_of(device.agent, self._clock.now()),
        )
        if before is not None and status_of(before) == status_of(presence):
            device.answer(status_of(presence))  # nothing changed, so no news will answer

    async def note_active(self, device: Device) -> None:
        """The person at a device gave a sign of life: she is not away by inactivity (R11). A bot has no such signs."""
        live, now = device.live, asyncio.get_running_loop().time()
        if live.site.agents[device.agent].bot or now - device.active_at < SIGN_EVERY_SECONDS:
            return
        groups = live.open_groups_of(device.agent, self._clock.now())
        try:
            await self._presence.choose(live.site.id, device.agent, status=None, capacity=None, groups=groups)
        except StoreUnavailable:
            log.debug("a sign of life was lost: the next one counts", agent=device.agent)
        else:
            device.active_at = now

    async def renew(self, live: LiveSite, *, anew: bool = False) -> None:
        """Lengthen the leases of the devices that proved to be there since the last time; raise StoreUnavailable.

        A connection that was cut without a word proves nothing: its lease runs out by itself. `anew` counts older
        proofs too, for a store that may have lost what it was told.
        """
        now, loop_now = self._clock.now(), asyncio.get_running_loop().time()
        proofs = [(device, device.heard_at) for device in self._desks.of_site(live.site.id)]
        proofs = [(device, heard_at) for device, heard_at in proofs if anew or heard_at > device.renewed_at]
        renewals = [
            Renewal(
                device.agent,
                device.id,
                Milliseconds(round((loop_now - heard_at) * 1000)),
                tuple(live.open_groups_of(device.agent, now)),
            )
            for device, heard_at in proofs
        ]
        if renewals:
            await self._presence.renew(live.site.id, renewals)
        for device, heard_at in proofs:
            device.renewed_at = heard_at
            if not self._desks.has(device):  # it left meanwhile, and may have got a lease again
                await self._presence.disconnect(live.site.id, device.agent, device=device.id)

    async def serve_opened(self, live: LiveSite) -> None:
        """When groups have opened since the last look, let their agents serve who waits; raise StoreUnavailable."""
        now = self._clock.now()
        is_open = frozenset(group.id for group in live.site.groups.values() if group.is_open(now, live.site.zone))
        if not is_open <= self._open.get(live.site.id, frozenset()):
            await self._serve(live)
        self._open[live.site.id] = is_open

    async def reconfigured(self, live: LiveSite) -> None:
        """Let go of those who are no agents of the site any more; whoever joined a group may have work at once."""
        for device in self._desks.of_site(live.site.id):
            if device.agent not in live.site.agents:
                device.link.close(NOT_ALLOWED, "no agent of this site any more")
        await self._serve(live)

    async def _serve(self, live: LiveSite) -> None:
        now = self._clock.now()
        for agent in self._desks.agents_of(live.site.id):
            await self._presence.serve(live.site.id, agent, live.open_groups_of(agent, now))
