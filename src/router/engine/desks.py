"""The open sockets of agents in this process: who is reached by which, and frames on their way to them."""

import asyncio

from router.core.vocabulary.ids import AgentId, ConversationId, SiteId
from router.engine.links import AgentLink, EarlyLink, Link
from router.engine.live_site import LiveSite
from router.engine.tokens import fresh_id
from router.protocol.agent import ToAgent
from router.protocol.codec import encode


class Device:
    """One socket of an agent: a browser tab or a program."""

    __slots__ = ("_socket", "active_at", "agent", "id", "link", "live", "renewed_at", "told", "watches")

    def __init__(self, live: LiveSite, agent: AgentId, socket: AgentLink, *, worker: str) -> None:
        """`worker` is the process that has the socket: if it dies, the store knows which devices are gone."""
        self._socket = socket
        self.id = f"{worker}:{fresh_id()}"
        self.live = live
        self.agent = agent
        self.link: Link = socket
        """How it is reached: until its `welcome`, what is sent is kept."""
        self.told: dict[str, int] = {}
        """The seq until which a conversation was told whole: news of these messages may still be on their way."""
        self.watches = False
        """Wants to be told of every visitor of the site (a manager)."""
        self.renewed_at = socket.heard_at
        """The proof of life that the lease counts from."""
        self.active_at = 0.0
        """When the store was last told of a sign of life of the person; both on the clock of the loop, in seconds."""

    @property
    def heard_at(self) -> float:
        """When the other side last proved to be there, on the clock of the loop (seconds)."""
        return self._socket.heard_at

    @property
    def is_manager(self) -> bool:
        """Tell whether the agent may act on conversations of others."""
        return is_manager(self.live, self.agent)

    def answer(self, message: ToAgent) -> None:
        """Send one message."""
        self.link.send(encode(message))


def is_manager(live: LiveSite, agent: AgentId) -> bool:
    """Tell whether somebody may act for the others and see everything: every role above `agent`."""
    person = live.site.agents.get(agent)
    return person is not None and person.role != "agent"


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
        if not devices:
            self._devices.pop(key, None)
        if not self._devices:
            self._empty.set()

    def watch(self, device: Device, watches: bool) -> None:
        """Tell a manager's device of every visitor of the site from now on, or no more."""
        device.watches = watches
        device.live.is_watched = device.live.is_watched or watches

    def has(self, device: Device) -> bool:
        """Tell whether the device is still connected."""
        return device in self._devices.get((device.live.site.id, device.agent), ())

    def is_here(self, site: SiteId, agent: AgentId) -> bool:
        """Tell whether the agent has a device on this process."""
        return (site, agent) in self._devices

    def of_site(self, site: SiteId) -> list[Device]:
        """Every device of a site."""
        return [device for (of_site, _), devices in self._devices.items() if of_site == site for device in devices]

    def watching(self, site: SiteId) -> list[Device]:
        """The devices of managers who watch every visitor of a site."""
        return [device for device in self.of_site(site) if device.watches]

    def agents_of(self, site: SiteId) -> list[AgentId]:
        """Everybody of a site who has a device here."""
        return [agent for of_site, agent in self._devices if of_site == site]

    def send(self, site: SiteId, agent: AgentId, *frames: bytes, but: str | None = None) -> None:
        """Send frames to every device that an agent has here, but one."""
        for device in self._devices.get((site, agent), ()):
            if device.id != but:
                for frame in frames:
                    device.link.send(frame)

    def send_whole(self, site: SiteId, agent: AgentId, conversation: ConversationId, until: int, frame: bytes) -> None:
        """Send every device of an agent a conversation with its messages until that seq."""
        for device in self._devices.get((site, agent), ()):
            device.told[conversation] = until
            device.link.send(frame)

    def send_message(self, site: SiteId, agent: AgentId, conversation: ConversationId, seq: int, frame: bytes) -> None:
        """Send a message to every device of an agent that was not told it with the whole conversation."""
        for device in self._devices.get((site, agent), ()):
            if seq <= device.told.get(conversation, 0):
                continue
            if isinstance(device.link, EarlyLink):
                device.link.keep_message(conversation, seq, frame)
            else:
                device.link.send(frame)

    def forget(self, site: SiteId, agent: AgentId, conversation: ConversationId) -> None:
        """The agent holds a conversation no more."""
        for device in self._devices.get((site, agent), ()):
            device.told.pop(conversation, None)

    async def close_all(self, code: int, reason: str) -> None:
        """Close every socket, when the server stops, and wait until they are gone."""
        for devices in list(self._devices.values()):
            for device in devices:
                device.link.close(code, reason)
        await self._empty.wait()

    def count(self) -> int:
        """Devices connected to this process."""
        return sum(len(devices) for devices in self._devices.values())
