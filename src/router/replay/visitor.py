"""One visit of the log, lived again: pages, offers, and for some visitors a conversation."""

import asyncio
from random import Random

import msgspec

from router.core.visitors.device import DeviceType
from router.replay.access_log import View, Visit
from router.replay.figures import Figures
from router.replay.page import data_of, language_of, window_of
from router.replay.wire import Message, Wire

SHORTEST_GAP_SECONDS = 0.2
"""Between two pages, however fast the replay: many logs have whole seconds only."""
LONGEST_GAP_SECONDS = 2.0
LAST_PAGE_SECONDS = (3.0, 5.0)
"""Rules' own times are never shrunk: so long stays the visitor, for "after 5 seconds on this page" to come true."""
IN_APP_SHARE = 0.5
"""Visits on one socket, with in-app navigation; the others open a socket for every page, as page loads do."""

ENGAGES = {"button": 0.03, "chatbox": 0.1, "message": 0.12, "invitation": 0.2, "offline_form": 0.4}
"""How many who see it engage, by action; nobody engages twice in a visit."""
DISMISSES = 0.4
"""How many of the others refuse what they see, where it can be refused."""
HESITATION_SECONDS = (0.3, 1.5)
PATIENCE_SECONDS = 8.0
WAITS_FOR_CLOSE_SECONDS = 4.0
CONNECT_SECONDS = 10.0

_QUESTIONS = {
    "fr": ("Bonjour, j'ai une question.", "Est-ce que c'est disponible en magasin ?", "Et pour la livraison ?"),
    "en": ("Hello, I have a question.", "Do you have it in the shop?", "How long does delivery take?"),
}


class Plan(msgspec.Struct, frozen=True):
    """What all visitors of a replay have in common. `speed` divides the gaps between pages."""

    url: str
    site: str
    speed: float


class Visitor:
    """Lives one visit; every choice is made by `choose`, so that a seed gives the same visitor again."""

    def __init__(self, plan: Plan, visit: Visit, device: DeviceType | None, figures: Figures, choose: Random) -> None:
        self._plan = plan
        self._visit = visit
        self._figures = figures
        self._choose = choose
        self._window = window_of(device, choose)
        self._touch_points = 0 if device in (DeviceType.DESKTOP, None) else 5
        self._language = language_of(visit)
        self._token: str | None = None
        self._page_asked_at: float | None = None
        self._has_engaged = False

    async def browse(self) -> None:
        """View the pages one after the other; perhaps engage on one of them. Raises what a Wire raises."""
        in_app = self._choose.random() < IN_APP_SHARE
        gaps = [view.gap_seconds / self._plan.speed for view in self._visit.views[1:]]
        stays = [min(max(gap, SHORTEST_GAP_SECONDS), LONGEST_GAP_SECONDS) for gap in gaps]
        stays.append(self._choose.uniform(*LAST_PAGE_SECONDS))
        referrer = self._url(self._visit.referrer)
        wire: Wire | None = None
        try:
            for view, stay in zip(self._visit.views, stays, strict=True):
                if wire is None or not in_app:
                    if wire is not None:
                        await wire.close()
                    wire = await self._load(view, referrer)
                else:
                    await self._navigate(wire, view)
                referrer = self._url(view.path)
                if accepted := await self._look(wire, stay):
                    await self._accept(wire, accepted)
        finally:
            if wire is not None:
                await wire.close()

    async def _load(self, view: View, referrer: str) -> Wire:
        """Open the page in a new document: a socket of its own, and the token kept from the one before."""
        headers = {"User-Agent": self._visit.user_agent, "X-Forwarded-For": self._visit.address}
        wire = await Wire.open(self._plan.url, "/ws/visitor", {"site": self._plan.site}, headers)
        self._figures.page_events += 1
        self._page_asked_at = asyncio.get_running_loop().time()
        await wire.send(
            "hello",
            visitor=self._token,
            page={"id": self._id(), "url": self._url(view.path), "referrer": referrer},
            window=self._window,
            device={"touch_points": self._touch_points},
            language=self._language,
            data=data_of(view.path, self._choose),
            tab=f"tab-{self._choose.getrandbits(32):08x}",
        )
        while True:
            message = await wire.receive(CONNECT_SECONDS)
            if message is None:
                raise TimeoutError("no welcome")
            self._notice(message)
            if message["type"] == "welcome":
                self._token = message["visitor"]
                await wire.send("ping")
                return wire

    async def _navigate(self, wire: Wire, view: View) -> None:
        self._figures.page_events += 1
        self._page_asked_at = asyncio.get_running_loop().time()
        await wire.send("page", id=self._id(), url=self._url(view.path), data=data_of(view.path, self._choose))
        await wire.send("ping")

    async def _look(self, wire: Wire, seconds: float) -> Message | None:
        """Stay on the page and see what is offered; the offer that the visitor accepts ends it early."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (message := await wire.receive(until - loop.time())) is not None:
            self._notice(message)
            if message["type"] == "offer" and await self._likes(wire, message):
                return message
        return None

    def _notice(self, message: Message) -> None:
        """Count what any message of the server tells."""
        match message["type"]:
            case "offer":
                self._figures.offers[message["rule"], message["action"]] += 1
                if self._page_asked_at is not None:
                    self._figures.event_to_offer.append(asyncio.get_running_loop().time() - self._page_asked_at)
            case "pong":
                # answers come in order: what is offered after this was brought about by time, not by the page event
                self._page_asked_at = None
            case "withdraw":
                self._figures.withdrawn += 1
            case "conversation":
                self._figures.saw_conversation(message["id"], message["state"])
            case "error":
                self._figures.errors[f"visitor {message['code']}"] += 1

    async def _likes(self, wire: Wire, offer: Message) -> bool:
        """Display what is offered, and decide: to accept it, to refuse it, or to leave it where it is."""
        engagement, action = offer["engagement"], offer["action"]
        await wire.send("shown", engagement=engagement)
        self._figures.shown += 1
        if not self._has_engaged and self._choose.random() < ENGAGES.get(action, 0):
            return True
        if action != "button" and self._choose.random() < DISMISSES:
            await wire.send("dismiss", engagement=engagement)
            self._figures.dismissed += 1
        return False

    async def _accept(self, wire: Wire, offer: Message) -> None:
        await self._listen(wire, self._choose.uniform(*HESITATION_SECONDS), until=())
        self._has_engaged = True
        self._figures.engaged += 1
        await wire.send("engage", engagement=offer["engagement"])
        if offer["action"] == "offline_form":
            await self._write_offline(wire, offer)
        else:
            await self._converse(wire, offer)

    async def _write_offline(self, wire: Wire, offer: Message) -> None:
        await wire.send(
            "offline_form",
            client_msg_id=self._id(),
            text=self._texts()[0],
            email="visitor@example.com",
            engagement=offer["engagement"],
        )
        if await self._listen(wire, PATIENCE_SECONDS, until=("ack",)):
            self._figures.offline_forms += 1

    async def _converse(self, wire: Wire, offer: Message) -> None:
        """Write one to three messages, each when the one before is answered; rate; leave, or wait for the end."""
        loop = asyncio.get_running_loop()
        answered = False
        conversation: str | None = None
        for text in self._texts()[: self._choose.choice((1, 1, 2, 3))]:
            asked_at = loop.time()
            await wire.send("say", client_msg_id=self._id(), text=text, engagement=offer["engagement"])
            self._figures.messages += 1
            answer = await self._listen(wire, PATIENCE_SECONDS, until=("answer", "over"))
            if answer is None or answer["type"] != "message":
                break
            conversation = answer["conversation"]
            if not answered:
                self._figures.first_response.append(loop.time() - asked_at)
                answered = True
            await self._listen(wire, self._choose.uniform(*HESITATION_SECONDS), until=("over",))
        if conversation is not None and self._choose.random() < 0.6:
            await wire.send("rate", conversation=conversation, score=self._choose.choice((3, 4, 4, 5, 5, 5)))
            self._figures.rated += 1
        if self._choose.random() < 0.5:
            await self._listen(wire, WAITS_FOR_CLOSE_SECONDS, until=("over",))
        await wire.send("leave")
        await self._listen(wire, 1, until=("over",))

    async def _listen(self, wire: Wire, seconds: float, until: tuple[str, ...]) -> Message | None:
        """Wait for an `ack`, an `answer` (of an agent or a bot) or for the conversation to be `over`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (message := await wire.receive(end - loop.time())) is not None:
            self._notice(message)
            if _meaning(message) in until:
                return message
        return None

    def _texts(self) -> tuple[str, ...]:
        return _QUESTIONS["fr" if self._language == "fr" else "en"]

    def _id(self) -> str:
        return f"{self._choose.getrandbits(64):016x}"

    def _url(self, path: str) -> str:
        """A path of the log as a page of the site; other addresses as they are."""
        return self._plan.url + path if path.startswith("/") else path


def _meaning(message: Message) -> str | None:
    match message:
        case {"type": "ack"}:
            return "ack"
        case {"type": "message", "from": "agent" | "bot"}:
            return "answer"
        case {"type": "conversation", "state": "closed" | "offline"}:
            return "over"
    return None
