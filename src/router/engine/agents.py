"""Agents: their devices connected here, what each of them holds, and what they are told.

The truth of presence and assignment is in the store; here is the copy that this process needs to reach sockets.
"""

import asyncio
from typing import Literal

import structlog

from router.core.conversations.conversation import Conversation, Message, State
from router.core.presence.agent import AgentPresence, Status
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId, SiteId
from router.engine.clock import Clock
from router.engine.floor import colleagues_of, queues_of
from router.engine.links import EarlyLink, Link
from router.engine.live_site import LiveSite
from router.engine.tokens import fresh_id
from router.engine.views import assigned_to_agent, conversation_for_agent, message_for_agent, state_for_agent
from router.ports import Conversations, Passing, Presence, Refused, StoreUnavailable, WaitingChanged
from router.protocol import agent as desk
from router.protocol.codec import encode

NOT_ALLOWED = 4003
"""Close code of the wire contract: the right to be here was taken away."""

log = structlog.get_logger(__name__)


class Device:
    """One socket of an agent: a browser tab or a program."""

    __slots__ = ("agent", "id", "link", "live", "watches")

    def __init__(self, live: LiveSite, agent: AgentId, link: Link) -> None:
        self.id = fresh_id()
        self.live = live
        self.agent = agent
        self.link = link
        self.watches = False
        """Wants to be told of every visitor of the site (a manager)."""


class Agents:
    """The devices of agents that are connected to this process."""

    def __init__(self, presence: Presence, conversations: Conversations, clock: Clock, worker: str) -> None:
        self._presence = presence
        self._conversations = conversations
        self._clock = clock
        self._worker = worker
        self._devices: dict[tuple[SiteId, AgentId], list[Device]] = {}
        self._held: dict[tuple[SiteId, AgentId], dict[ConversationId, Conversation]] = {}
        self._waiting: dict[SiteId, dict[GroupId, WaitingChanged]] = {}
        self._to_tell: set[SiteId] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    # -- connecting

    async def connect(self, live: LiveSite, agent: AgentId, link: Link) -> Device:
        """Take a device: welcome it with what the agent holds, then give her work if she has room."""
        early = EarlyLink(link)
        device = Device(live, agent, early)
        key = (live.site.id, agent)
        self._devices.setdefault(key, []).append(device)
        self._empty.clear()
        held = self._held.setdefault(key, {})
        try:
            presence = await self._presence.connect(
                live.site.id, agent, device=device.id, capacity=live.site.agents[agent].capacity
            )
            snapshots = []
            for conversation in await self._conversations.open_of_agent(live.site.id, agent):
                present, messages = await self._conversations.load(live.site.id, conversation.id)
                if present.agent == agent and present.state is State.ASSIGNED:  # else it ended meanwhile
                    snapshots.append(conversation_for_agent(live, present, messages))
                    held[conversation.id] = present
        except BaseException:
            await self.disconnect(device)
            raise
        device.link = early.open(
            self._welcome(live, agent, presence, snapshots), colleagues_of(live), self._queues(live, agent)
        )
        if presence.free:
            await self._presence.serve(live.site.id, agent, live.open_groups_of(agent, self._clock.now()))
        return device

    def _welcome(
        self, live: LiveSite, agent: AgentId, presence: AgentPresence, held: list[desk.ConversationForAgent]
    ) -> bytes:
        groups = [group for group in live.site.groups.values() if agent in group.members]
        replies = live.site.canned_replies
        return encode(
            desk.Welcome(
                agent=desk.Named(id=agent, name=live.site.agents[agent].name),
                worker=self._worker,
                groups=[desk.GroupView(id=group.id, name=group.name) for group in groups],
                status=presence.status.value,
                capacity=presence.capacity,
                canned_replies=[
                    desk.CannedReplyView(shortcut=shortcut, texts=dict(texts)) for shortcut, texts in replies.items()
                ],
                conversations=held,
            )
        )

    async def disconnect(self, device: Device) -> None:
        """A device is gone; without another one the agent gets no new work at once."""
        self._remove(device)
        try:
            await self._presence.disconnect(device.live.site.id, device.agent, device=device.id)
        except StoreUnavailable:
            log.warning("an agent's departure could not be stored; the lease will run out", agent=device.agent)

    def _remove(self, device: Device) -> None:
        key = (device.live.site.id, device.agent)
        devices = self._devices.get(key, [])
        if device in devices:
            devices.remove(device)
        self.watch(device, False)
        if not devices:
            self._devices.pop(key, None)
            self._held.pop(key, None)
        if not self._devices:
            self._empty.set()

    async def choose(self, device: Device, message: desk.SetStatus) -> None:
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
            device.link.send(_status(presence))  # nothing changed, so no news will answer

    async def renew(self, live: LiveSite) -> None:
        """Lengthen the leases of every device that is connected here, and give free places to those who wait."""
        now = self._clock.now()
        for device in self._devices_of(live):
            if not self._is_connected(device):
                continue  # it left while others were renewed
            groups = live.open_groups_of(device.agent, now)
            await self._presence.renew(live.site.id, device.agent, device=device.id, groups=groups)
            if not self._is_connected(device):
                await self._presence.disconnect(live.site.id, device.agent, device=device.id)

    async def reconfigured(self, live: LiveSite) -> None:
        """Let go of those who are no agents of the site any more; whoever joined a group may have work at once."""
        for device in self._devices_of(live):
            if device.agent not in live.site.agents:
                device.link.close(NOT_ALLOWED, "no agent of this site any more")
        await self.renew(live)

    async def close_all(self, code: int, reason: str) -> None:
        """Close every socket, when the server stops, and wait until they are gone."""
        for devices in list(self._devices.values()):
            for device in devices:
                device.link.close(code, reason)
        await self._empty.wait()

    def _is_connected(self, device: Device) -> bool:
        return device in self._devices.get((device.live.site.id, device.agent), ())

    def _devices_of(self, live: LiveSite) -> list[Device]:
        return [device for (site, _), devices in self._devices.items() if site == live.site.id for device in devices]

    def count(self) -> int:
        """Devices connected to this process."""
        return sum(len(devices) for devices in self._devices.values())

    # -- what they hold

    def is_here(self, site: SiteId, agent: AgentId) -> bool:
        """Tell whether the agent has a device on this process."""
        return (site, agent) in self._devices

    def held(self, site: SiteId, agent: AgentId) -> dict[ConversationId, Conversation]:
        """The conversations that an agent who is connected here holds."""
        return self._held.get((site, agent), {})

    def gain(self, live: LiveSite, agent: AgentId, conversation: Conversation, messages: list[Message]) -> None:
        """The agent was given a conversation; once, however many ways the news take."""
        held = self._held.get((live.site.id, agent))
        if held is None:
            return
        known = held.get(conversation.id)
        if known is None or known.version < conversation.version:
            held[conversation.id] = conversation
            self._send(live.site.id, agent, assigned_to_agent(live, conversation, messages))

    def lose(self, live: LiveSite, agent: AgentId, conversation: Conversation, reason: str) -> None:
        """The agent holds a conversation no more."""
        self.held(live.site.id, agent).pop(conversation.id, None)
        self._send(
            live.site.id,
            agent,
            encode(desk.Unassigned(conversation=conversation.id, version=conversation.version, reason=reason)),
        )

    def update(self, live: LiveSite, conversation: Conversation) -> None:
        """A conversation that an agent holds has a new version."""
        if conversation.agent is not None and self.is_here(live.site.id, conversation.agent):
            self.held(live.site.id, conversation.agent)[conversation.id] = conversation

    def end(self, live: LiveSite, conversation: Conversation, reason: str | None) -> None:
        """A conversation of an agent was closed."""
        if conversation.agent is None:
            return
        self.held(live.site.id, conversation.agent).pop(conversation.id, None)
        self._send(live.site.id, conversation.agent, state_for_agent(conversation, reason))

    def deliver(self, live: LiveSite, agent: AgentId, conversation: ConversationId, message: Message) -> None:
        """A message was stored in a conversation that the agent holds."""
        if self.is_here(live.site.id, agent):
            self._send(live.site.id, agent, message_for_agent(conversation, message))

    def pass_on(self, live: LiveSite, news: Passing) -> None:
        """The visitor types, received or read."""
        match news.what:
            case "typing":
                frame = encode(desk.OtherTyping(conversation=news.conversation, on=news.on, text=news.text))
            case "delivered":
                frame = encode(desk.OtherDelivered(conversation=news.conversation, seq=news.seq))
            case "read":
                frame = encode(desk.OtherRead(conversation=news.conversation, seq=news.seq))
        for (site, agent), held in self._held.items():
            if site == live.site.id and news.conversation in held:
                self._send(site, agent, frame)

    async def resume(self, device: Device, message: desk.Resume) -> None:
        """Send what a device missed of the conversations that its agent holds."""
        live = device.live
        for place in message.conversations:
            if ConversationId(place.id) not in self.held(live.site.id, device.agent):
                continue
            try:
                conversation, messages = await self._conversations.load(live.site.id, ConversationId(place.id))
            except Refused:
                continue
            if conversation.generation == place.generation:
                view = conversation_for_agent(live, conversation, [m for m in messages if m.seq > place.seq])
                answer = desk.Resumed(recovered=True, missed=view.messages, conversation=conversation.id)
            else:
                whole = conversation_for_agent(live, conversation, messages)
                answer = desk.Resumed(recovered=False, conversation=whole)
            device.link.send(encode(answer))

    async def catch_up(self, live: LiveSite) -> None:
        """News may have been missed: tell the agents who are here of what they hold now, and of what they lost."""
        for site, agent in [key for key in self._devices if key[0] == live.site.id]:
            before = dict(self.held(site, agent))
            for conversation in await self._conversations.open_of_agent(site, agent):
                present, messages = await self._conversations.load(site, conversation.id)
                if before.pop(present.id, None) is None:
                    self.gain(live, agent, present, messages)
                else:
                    whole = conversation_for_agent(live, present, messages)
                    self._send(site, agent, encode(desk.Resumed(recovered=False, conversation=whole)))
            for lost in before.values():
                self.lose(live, agent, lost, "reassigned")

    def watch(self, device: Device, watches: bool) -> None:
        """Tell a manager's device of every visitor of the site from now on, or no more."""
        device.live.watchers += watches - device.watches
        device.watches = watches

    def visitor_changed(self, live: LiveSite, visit: Visit, tab: Tab, what: Literal["page", "left", "back"]) -> None:
        """A visitor viewed a page, left or came back: tell who holds the conversation, and who watches."""
        frame = encode(
            desk.VisitorChanged(
                conversation=visit.conversation,
                visit=visit.id,
                what=what,
                page={"url": tab.url, "pages_viewed": visit.pages_viewed},
            )
        )
        for (site, agent), devices in self._devices.items():
            if site != live.site.id:
                continue
            holds = visit.conversation in self.held(site, agent)
            for device in devices:
                if holds or device.watches:
                    device.link.send(frame)

    # -- what they see of one another

    def presence_changed(self, live: LiveSite, before: AgentPresence | None, presence: AgentPresence) -> None:
        """Tell the agent's own devices; colleagues and queues are told together, at the next beat."""
        if before is None or (before.status, before.capacity) != (presence.status, presence.capacity):
            self._send(live.site.id, presence.id, _status(presence))
        self._to_tell.add(live.site.id)

    def waiting_changed(self, live: LiveSite, news: WaitingChanged) -> None:
        """The line of a group changed."""
        self._waiting.setdefault(live.site.id, {})[news.group] = news
        self._to_tell.add(live.site.id)

    def tell_of_others(self, sites: dict[SiteId, LiveSite]) -> None:
        """Send colleagues and queues to everybody whose site changed since the last beat."""
        to_tell, self._to_tell = self._to_tell, set()
        for site in to_tell:
            live = sites.get(site)
            if live is None:
                continue
            colleagues = colleagues_of(live)
            for of_site, agent in list(self._devices):
                if of_site == site:
                    self._send(site, agent, colleagues)
                    self._send(site, agent, self._queues(live, agent))

    def _queues(self, live: LiveSite, agent: AgentId) -> bytes:
        return queues_of(live, agent, self._waiting.get(live.site.id, {}), self._clock.now())

    def _send(self, site: SiteId, agent: AgentId, frame: bytes) -> None:
        for device in self._devices.get((site, agent), ()):
            device.link.send(frame)


def _status(presence: AgentPresence) -> bytes:
    return encode(desk.MyStatus(status=presence.status.value, capacity=presence.capacity, reason="chosen"))
