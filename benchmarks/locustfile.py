"""Visitors and agents for locust, over the wire contract: load for the demo, or for a server of your own.

    make load                                                    a demo server, all scenarios, a table at the end
    make load HOST=https://chat.example.com SCENARIOS="Browse Chat Desk" USERS=500

Scenarios are classes: `Browse` views pages, `Engage` looks at offers and refuses them, `Chat` talks to an agent,
`ReconnectStorm` loses its socket again and again; `Desk` is an agent who answers whatever she gets. Without desks on
either side nobody can answer, so that little is offered. From the environment:

    LOAD_SITE       the public key of the site
    LOAD_ORIGIN     one of the site's origins (default: the host)
    LOAD_API_KEYS   keys of agents (`router api-key --user EMAIL`), comma-separated: one desk each
    LOAD_PATHS      paths of the shop on which something may be offered, comma-separated

A line of the table is one exchange: the time from what was sent until what answers it. `page → offer` is from a page
event to an offer that it led to, with the seconds that a rule may wait on the page; `say → answer of an agent` is from
a visitor's message to the agent's.
"""

import json
import os
import random
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests
from locust import User, between, constant, task
from locust.exception import RescheduleTask
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException, create_connection

SITE = os.environ.get("LOAD_SITE", "shop")
ORIGIN = os.environ.get("LOAD_ORIGIN")
PATHS = os.environ.get("LOAD_PATHS", "/contact,/retours,/panier,/velos/gravel-200,/atelier,/entreprises").split(",")
API_KEYS = deque(key for key in os.environ.get("LOAD_API_KEYS", "").split(",") if key)

OPENS_WITHIN_S = 10.0
ANSWERS_WITHIN_S = 10.0
OFFERS_WITHIN_S = 3.0
"""Many pages lead to no offer: then none is counted."""
AGENT_ANSWERS_WITHIN_S = 30.0
COMES_AFTER_S = 1.0
"""An agent without a socket."""
MESSAGES_A_CONVERSATION = 4

Message = dict[str, Any]
_numbers = count(1)


def _fresh(name: str) -> str:
    return f"{name}-{os.getpid()}-{next(_numbers)}"


class Wire(User):
    """A user with one socket; every exchange on it is a line of locust's table."""

    abstract = True
    side: ClassVar[str]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.socket: WebSocket | None = None
        self.ending = ""
        """How the last socket ended, with the server's reason where it gave one."""

    def open(self, path: str, origin: str | None) -> None:
        """Connect to a path of the host; a failure is counted, and ends the task."""
        url = f"ws{str(self.host).removeprefix('http').rstrip('/')}{path}"
        started = time.perf_counter()
        try:
            self.socket = create_connection(url, timeout=OPENS_WITHIN_S, origin=origin, suppress_origin=origin is None)
        except (OSError, WebSocketException) as error:
            self.count("connect", started, error)
            raise RescheduleTask from error
        self.count("connect", started)

    def send(self, type_: str, **fields: object) -> float:
        """Send one message; when it was sent."""
        if self.socket is None:
            raise RescheduleTask
        self.socket.send(json.dumps({"type": type_, **fields}))
        return time.perf_counter()

    def hear(self, within_s: float, until: Callable[[Message], bool]) -> Message | None:
        """The first message for which `until` is true, or None; every message goes through `take` first."""
        deadline = time.perf_counter() + within_s
        while self.socket is not None and (left := deadline - time.perf_counter()) > 0:
            self.socket.settimeout(left)
            try:
                opcode, data = self.socket.recv_data()
            except WebSocketTimeoutException:
                return None
            except (OSError, WebSocketException):
                opcode, data = ABNF.OPCODE_CLOSE, b""
            if opcode == ABNF.OPCODE_CLOSE:
                self.ending = f"closed with {int.from_bytes(data[:2])}: {data[2:].decode()}" if data else "broken"
                self.drop()
                return None
            message: Message = json.loads(data)
            self.take(message)
            if until(message):
                return message
        return None

    def take(self, message: Message) -> None:
        """Act on a message, whatever is waited for."""

    def exchange(self, name: str, sent_at: float, answer: Callable[[Message], bool]) -> Message | None:
        """Wait for what answers, and count it; None where nothing does."""
        found = self.hear(ANSWERS_WITHIN_S, lambda message: answer(message) or message.get("type") == "error")
        if found is None:
            self.count(
                name, sent_at, ConnectionError(self.ending) if self.socket is None else TimeoutError("no answer")
            )
        elif found["type"] == "error":
            self.count(name, sent_at, RuntimeError(f"{found['code']}: {found['message']}"))
            return None
        else:
            self.count(name, sent_at)
        return found

    def count(self, name: str, started: float, error: Exception | None = None) -> None:
        """A line of the table."""
        self.environment.events.request.fire(
            request_type=self.side,
            name=name,
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=error,
            context={},
        )

    def drop(self) -> None:
        """End the socket without a word."""
        if self.socket is not None:
            self.socket.shutdown()  # type: ignore[no-untyped-call]
            self.socket = None

    def on_stop(self) -> None:
        """Close the socket."""
        if self.socket is not None:
            self.socket.close()


class Visitor(Wire):
    """A tab of a browser on the shop's pages."""

    abstract = True
    side = "visitor"
    wait_time = between(1, 3)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.token: str | None = None
        self.tab = _fresh("tab")
        self.page = self._page()
        self.offer: Message | None = None

    def come(self) -> None:
        """Connect and say hello."""
        origin = ORIGIN or str(self.host).rstrip("/")
        self.open(f"/ws/visitor?{urlencode({'site': SITE})}", origin)
        hello = {"page": self.page, "window": {"width": 1280, "height": 800}, "tab": self.tab, "language": "fr"}
        if self.token is not None:
            hello["visitor"] = self.token
        sent_at = self.send("hello", **hello)
        welcome = self.exchange("hello → welcome", sent_at, lambda message: message.get("type") == "welcome")
        if welcome is not None:
            self.token = welcome["visitor"]

    def _page(self) -> Message:
        return {"id": _fresh("page"), "url": (ORIGIN or str(self.host).rstrip("/")) + random.choice(PATHS)}

    def view(self) -> float:
        """Go to another page, after coming back if need be; when it was told."""
        if self.socket is None:
            self.come()
        self.page = self._page()
        return self.send("page", **self.page)

    def look_for_offer(self) -> Message | None:
        """View a page, and confirm what is offered there; None when nothing is."""
        sent_at = self.view()
        offer = self.hear(OFFERS_WITHIN_S, lambda message: message.get("type") == "offer")
        if offer is not None:
            self.count("page → offer", sent_at)
            self.send("shown", engagement=offer["engagement"])
        return offer

    def check(self) -> None:
        """Find out whether the server keeps up: what was sent before is done when the pong comes."""
        self.exchange("ping → pong", self.send("ping"), lambda message: message.get("type") == "pong")

    def take(self, message: Message) -> None:
        """Note what is on the screen."""
        match message.get("type"):
            case "offer":
                self.offer = message
            case "withdraw":
                self.offer = None


class Browse(Visitor):
    """Views page after page."""

    weight = 10

    @task
    def look_around(self) -> None:
        """View a page."""
        self.view()
        self.check()


class Engage(Visitor):
    """Looks at what is offered, and wants none of it."""

    weight = 3

    @task
    def refuse(self) -> None:
        """Refuse an offer."""
        offer = self.look_for_offer()
        if offer is not None:
            self.send("dismiss", engagement=offer["engagement"])
            self.check()


class Chat(Visitor):
    """Accepts an offer, and talks."""

    weight = 2
    wait_time = between(2, 6)

    @task
    def talk(self) -> None:
        """Have one conversation, as far as somebody answers."""
        offer = self.offer or self.look_for_offer()
        if offer is None:
            return
        self.send("engage", engagement=offer["engagement"])
        for number in range(MESSAGES_A_CONVERSATION):
            fields = {"engagement": offer["engagement"]} if number == 0 else {}
            written = _fresh("message")
            sent_at = self.send("say", client_msg_id=written, text=f"Bonjour, question {number + 1}", **fields)
            if self.exchange("say → ack", sent_at, lambda message: message.get("client_msg_id") == written) is None:  # noqa: B023 - asked at once
                break
            answer = self.hear(AGENT_ANSWERS_WITHIN_S, lambda message: message.get("from") in ("agent", "bot"))
            if answer is None:
                break  # it waits in line, or nobody is there: that is for the reports, not an error of the server
            self.count("say → answer of an agent", sent_at)
        self.send("leave")
        self.offer = None


class ReconnectStorm(Visitor):
    """Loses the connection again and again, as a crowd does whose mobile network fails."""

    weight = 1

    @task
    def come_again(self) -> None:
        """Drop the socket, and come back at once with the token."""
        self.drop()
        self.come()


class Desk(Wire):
    """An agent who answers every message of hers; visitors end the conversations."""

    side = "agent"
    weight = fixed_count = len(API_KEYS)  # without a weight there is none
    wait_time = constant(0)

    def on_start(self) -> None:
        """Take a desk that nobody sits at."""
        self.key = API_KEYS.popleft()

    def come(self) -> None:
        """Get a ticket and come online."""
        started = time.perf_counter()
        try:
            answer = requests.post(
                f"{str(self.host).rstrip('/')}/api/v1/agent-tickets",
                json={"site": SITE},
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=ANSWERS_WITHIN_S,
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            self.count("ticket", started, error)
            raise RescheduleTask from error
        self.count("ticket", started)
        self.open(f"/ws/agent?{urlencode({'ticket': answer.json()['ticket']})}", None)
        self.hear(ANSWERS_WITHIN_S, lambda message: message.get("type") == "welcome")
        self.send("status", status="online")

    def on_stop(self) -> None:
        """Leave the desk to whoever comes next."""
        super().on_stop()
        API_KEYS.append(self.key)

    @task
    def answer(self) -> None:
        """Answer the next message of a visitor, after coming if need be."""
        if self.socket is None:
            time.sleep(COMES_AFTER_S)
            self.come()
        message = self.hear(ANSWERS_WITHIN_S, _wants_answer)
        if message is None:
            return
        conversation, written = message["conversation"], _fresh("answer")
        sent_at = self.send("say", conversation=conversation, client_msg_id=written, text="Volontiers, je regarde.")
        self.exchange("say → ack", sent_at, lambda ack: ack.get("client_msg_id") == written)


def _wants_answer(message: Message) -> bool:
    is_question = message.get("type") == "message" and message.get("from") == "visitor"
    return is_question or message.get("type") == "assigned"
