"""What a stranger on a visitor socket may use up: bytes, connections and time; frames and values; patience."""

from math import inf

import msgspec
from websockets.frames import CloseCode

from router.core.vocabulary.values import MINUTE, Instant
from router.engine.links import Link
from router.engine.refusals import refusal
from router.protocol import visitor as wire
from router.protocol.codec import encode
from router.protocol.shapes import TEXT_LENGTH, Error

MALFORMED_A_MINUTE = 3
"""So many malformed messages within a minute close a socket, of visitors and agents alike."""


class TransportLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the visitor transport; the defaults are those of the wire contract."""

    max_message_bytes: int = 64 * 1024
    """Longer messages, whole or in fragments, close with 1009."""
    max_outbox_bytes: int = 256 * 1024
    """What may wait in memory for a slow reader; beyond it the connection closes with 1013."""
    max_handshake_bytes: int = 16 * 1024
    max_connections_per_address: int = 0
    """0: no limit. Behind a proxy every visitor has the proxy's address."""
    max_unusual_frames: int = 1_000
    """Control frames and fragments between two looks of the heartbeat (about `ping_after_ms`); more close with 1008."""
    handshake_wait_ms: int = 5_000
    hello_wait_ms: int = 5_000
    """How long a session may take until it calls `greeted`."""
    ping_after_ms: int = 10_000
    """A connection that has been silent for so long gets a ping."""
    pong_wait_ms: int = 5_000
    """It is dropped when it stays silent for so long after the ping."""
    close_wait_ms: int = 5_000
    """How long the other side may take to answer our close frame and to read what was sent before it."""


FLOOD = 11
"""So many bursts at once close the socket."""

SHORTEST_VALUE = 6
"""Bytes of a value of custom data in a message, with its name and a comma: `"a":1,`."""

_RATE_LIMITED = encode(refusal("rate_limited"))


class VisitorLimits:
    """What a stranger may send."""

    __slots__ = ("burst_ms", "custom_data_values", "frame_ms", "harmless_bytes", "text_characters")

    def __init__(
        self,
        *,
        frames_per_second: float = 50.0,
        burst: int = 100,
        custom_data_values: int = 50,
        text_characters: int = TEXT_LENGTH,
    ) -> None:
        """Sustained frames per second: at least 25, which the wire contract promises never to limit.

        `burst` is how many frames may come at once; more get the error `rate_limited`, and a flood of ten times as many
        closes with 1008. `custom_data_values` is for one message; `text_characters` for a message, a comment or
        a preview of typing, and at most what the wire contract allows.
        """
        self.frame_ms = 1000 / frames_per_second
        """How long the bucket takes to drain off a frame."""
        self.burst_ms = burst * self.frame_ms
        self.custom_data_values = custom_data_values
        self.text_characters = text_characters
        self.harmless_bytes = min(text_characters, custom_data_values * SHORTEST_VALUE)
        """A message that is no longer than this cannot be beyond the limits of what is in it."""

    def without_bucket(self) -> "VisitorLimits":
        """The same for frames that have been through the bucket of another process."""
        return VisitorLimits(
            frames_per_second=inf,
            custom_data_values=self.custom_data_values,
            text_characters=self.text_characters,
        )

    def refuse(self, socket: Link, full_ms: float) -> None:
        """Answer a frame that the bucket did not hold; far beyond full the socket is closed."""
        if full_ms > FLOOD * self.burst_ms:
            socket.close(CloseCode.POLICY_VIOLATION, "flood")
        else:
            socket.send(_RATE_LIMITED)

    def excess_of(self, message: wire.FromVisitor) -> Error | None:
        """What of a message is beyond these limits, naming the field; None when nothing is."""
        match message:
            case wire.Page() | wire.Hello():
                return None if message.data is None else self._too_many("data", message.data)
            case wire.DataChanged(values=values):
                return self._too_many("values", values)
            case wire.Say(text=text) | wire.OfflineForm(text=text):
                return self._too_long("text", text, message.client_msg_id)
            case wire.Typing(text=text) if text:
                return self._too_long("text", text)
            case wire.Rate(comment=text) if text:
                return self._too_long("comment", text)
        return None

    def _too_many(self, field: str, values: wire.Data) -> Error | None:
        if len(values) <= self.custom_data_values:
            return None
        return Error(code="too_long", message=f"expected at most {self.custom_data_values} values", field=field)

    def _too_long(self, field: str, text: str, client_msg_id: str | None = None) -> Error | None:
        if len(text) <= self.text_characters:
            return None
        message = f"expected at most {self.text_characters} characters"
        return Error(code="too_long", message=message, field=field, client_msg_id=client_msg_id)


class Patience:
    """Counts the malformed messages of one socket."""

    __slots__ = ("_tried_at",)

    def __init__(self) -> None:
        self._tried_at: list[Instant] = []

    def is_lost(self, now: Instant) -> bool:
        """Count one more; tell whether it was one too many within a minute."""
        self._tried_at = [*(at for at in self._tried_at if now - at < MINUTE), now]
        return len(self._tried_at) >= MALFORMED_A_MINUTE
