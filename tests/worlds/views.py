"""A client's copy of a conversation, made of nothing but the frames that it got; what contradicts it is a fault.

Here: what any careful client would notice. Whether the copy equals what the store has is asked in the end.
"""

from itertools import count
from typing import Any

Frame = dict[str, Any]


class Violation(Exception):
    """Something happened that must never happen."""


class View:
    """One conversation on one screen."""

    def __init__(self, conversation: str, generation: str = "") -> None:
        self.id = conversation
        self.generation = generation
        self.version = 0
        self.state = ""
        self.texts: dict[int, str] = {}
        """By seq, what is on the screen."""
        self._heard = 0
        """The greatest seq that arrived as a message of its own, or in a snapshot."""

    @property
    def last_seq(self) -> int:
        """The end of this copy before its first gap, as a client names it when it resumes.

        Acknowledgements overtake the messages of others, and the news of a conversation what was said before.
        """
        return next(seq for seq in count(1) if seq not in self.texts) - 1

    def take_state(self, frame: Frame) -> bool:
        """State and assignment, unless it is older than what is shown: answers and news come by different ways."""
        self._begin_anew(frame["generation"])
        is_news: bool = frame["version"] >= self.version
        if is_news:
            self.version, self.state = frame["version"], frame["state"]
        return is_news

    def take_message(self, frame: Frame) -> None:
        """A message of its own."""
        seq = frame["seq"]
        if seq < self._heard and seq not in self.texts:
            raise Violation(f"{self.id}: message {seq} came after message {self._heard}")
        self._heard = max(self._heard, seq)
        self._put(seq, frame["text"])

    def take_ack(self, seq: int, text: str) -> None:
        """A message of this client was stored."""
        self._put(seq, text)

    def take_missed(self, messages: list[Frame]) -> None:
        """What was missed."""
        for message in messages:
            self._put(message["seq"], message["text"])
            self._heard = max(self._heard, message["seq"])

    def take_snapshot(self, frame: Frame) -> None:
        """The whole conversation."""
        self.take_state(frame)
        self.take_missed(frame["messages"])
        self._heard = max(self._heard, frame["last_seq"])

    def _begin_anew(self, generation: str) -> None:
        """When the generation differs, numbers start anew."""
        if self.generation not in ("", generation):
            self.texts = {}
            self._heard = self.version = 0
        self.generation = generation

    def _put(self, seq: int, text: str) -> None:
        known = self.texts.get(seq)
        if known not in (None, text):
            raise Violation(f"{self.id}: message {seq} was {known!r} and is {text!r}")
        for other, shown in self.texts.items():
            if shown == text and other != seq:
                raise Violation(f"{self.id}: {text!r} is shown twice, as {other} and {seq}")
        self.texts[seq] = text
