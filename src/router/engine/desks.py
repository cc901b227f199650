"""The open sockets of agents in this process: who is reached by which, and frames on their way to them."""

import asyncio
from collections.abc import Sequence

from router.core.vocabulary.ids import AgentId, SiteId
from router.engine.links import AgentLink, Link
from router.engine.live_site import LiveSite
from router.engine.tokens import fresh_id
from router.protocol.agent import ToAgent
from router.protocol.codec import encode


class Device:
    """One socket of an agent: a browser tab or a program."""

    __slots__ = ("_socket", "agent", "id", "link", "live", "watches")

    def __init__(self, live: LiveSite, agent: AgentId, socket: AgentLink) -> None:
        self._socket = socket
        self.id = fresh_id()
        self.live = live
        self.agent = agent
        self.link: Link = socket
        """How it is reached: until its `welcome`, what is sent is kept."""
        self.watches = False
        """Wants to be told of every visitor of the site (a manager)."""

    @property
    def heard_at(self) -> float:
        """When the other side last proved to be there, on the clock of the loop (seconds)."""
        return self._socket.heard_at

    @property
    def is_manager(self) -> bool:
        """Tell whether the agent may act on conversations of others: every role above `agent`."""
        return self.live.site.agents[self.agent].role != "agent"

    def answer(self, message: ToAgent) -> None:
        """Send one message."""
        self.link.send(encode(message))


class Desks:
    """The devices of agents that are connected to this process."""

    def __init__(self) -> None:
        self._devices: dict[tuple[SiteId, AgentId], list[Device]] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def enter(self, device: Device) -> None:
        """Take a device."""
        self._devices.setdefault((device.live.site.id, device.agent), []).append(device)
        self._empty.clear()

    def leave(self, device: Device) -> None:
        """Forget a device that is gone; it may have been forgotten before."""
        key = (device.live.site.id, device.agent)
        devices = self._devices.get(key, [])
        if device in devices:
            devices.remove(device)
        self.watch(device, False)
        if not devices:
            self._devices.pop(key, None)
        if not self._devices:
            self._empty.set()

    def watch(self, device: Device, watches: bool) -> None:
        """Tell a manager's device of every visitor of the site from now on, or no more."""
        device.live.watchers += watches - device.watches
        device.watches = watches

    def has(self, device: Device) -> bool:
        """Tell whether the device is still connected."""
        return device in self._devices.get((device.live.site.id, device.agent), ())

    def is_here(self, site: SiteId, agent: AgentId) -> bool:
        """Tell whether the agent has a device on this process."""
        return (site, agent) in self._devices

    def of_site(self, site: SiteId) -> list[Device]:
        """Every device of a site."""
        return [device for (of_site, _), devices in self._devices.items() if of_site == site for device in devices]

    def agents_of(self, site: SiteId) -> list[AgentId]:
        """Everybody of a site who has a device here."""
        return [agent for of_site, agent in self._devices if of_site == site]

    def send(self, site: SiteId, agent: AgentId, *frames: bytes) -> None:
        """Send frames to every device that an agent has here."""
        for device in self._of(site, agent):
            for frame in frames:
                device.link.send(frame)

    def _of(self, site: SiteId, agent: AgentId) -> Sequence[Device]:
        return self._devices.get((site, agent), ())

    async def close_all(self, code: int, reason: str) -> None:
        """Close every socket, when the server stops, and wait until they are gone."""
        for devices in list(self._devices.values()):
            for device in devices:
                device.link.close(code, reason)
        await self._empty.wait()

    def count(self) -> int:
        """Devices connected to this process."""
        return sum(len(devices) for devices in self._devices.values())
