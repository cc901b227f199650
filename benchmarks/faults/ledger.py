"""What every message came to: sent, acknowledged, stored, shown to the other side.

Each text is unique, so it is the name of its message on all sides. A `Copy` is what one client was shown of one
conversation; the ledger has all copies, all acknowledgements, and at the end compares them with what the store has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec

from benchmarks.faults.figures import Figure
from benchmarks.faults.figures import count as counted
from benchmarks.faults.figures import told as known

Message = dict[str, Any]


class Acknowledgement(msgspec.Struct, frozen=True):
    """Where a message was stored, as its sender was told."""

    conversation: str
    seq: int


class Copy:
    """One client's copy of a conversation. Numbers of messages count from 1; what is said twice is kept once."""

    def __init__(self, conversation: str, generation: str) -> None:
        self.conversation = conversation
        self.generation = generation
        self.texts: dict[int, str] = {}
        self.until: int | None = None
        """The last number that this client was to be told, once the conversation had ended for her."""
        self.repeats = 0
        """Messages told again on the same socket, or although the client had named a later one."""
        self.disorder = 0
        """Messages of somebody else with a smaller number than one told before."""
        self.rewritten = 0
        """Numbers under which another text came later."""
        self._told: set[int] = set()
        self._latest = 0
        self._asked_after = 0

    @property
    def end(self) -> int:
        """The last number without a gap before it: what a client names when it comes back."""
        return next(seq for seq in count(1) if seq not in self.texts) - 1

    @property
    def gaps(self) -> int:
        """Numbers that are missing before the last one, as far as she was to be told."""
        until = max(self.texts, default=0) if self.until is None else self.until
        known = [seq for seq in self.texts if seq <= until]
        return max(known, default=0) - len(known)

    def come_back(self) -> int:
        """A new socket will ask for what follows the number returned."""
        self._told.clear()
        self._asked_after = self._latest = self.end
        return self.end

    def show(self, seq: int, text: str) -> bool:
        """Take a message of somebody else; tell whether it is new."""
        if seq in self._told or seq <= self._asked_after:
            self.repeats += 1
        elif seq < self._latest:
            self.disorder += 1
        self._told.add(seq)
        self._latest = max(self._latest, seq)
        return self.keep(seq, text)

    def keep(self, seq: int, text: str) -> bool:
        """Take an acknowledged message of one's own, or one of a snapshot; tell whether it is new."""
        is_new = seq not in self.texts
        self.rewritten += self.texts.setdefault(seq, text) != text
        return is_new

    def replace(self, generation: str, messages: Iterable[Message]) -> None:
        """Take a snapshot, or what was missed; numbers of another generation mean nothing any more."""
        if generation != self.generation:
            self.texts.clear()
            self.generation = generation
            self._told.clear()
            self._asked_after = self._latest = 0
        for message in messages:
            self.keep(message["seq"], message["text"])
            self._told.add(message["seq"])
            self._latest = max(self._latest, message["seq"])


class Verdict(msgspec.Struct, kw_only=True):
    """How often each kind of harm was done; `stored` messages were looked at."""

    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    unanswered: int = 0
    false_acknowledgements: int = 0
    lost: int = 0
    doubled: int = 0
    told_again: int = 0
    """By a piece of news that was late, with a number that the client knew: delivery is at least once."""
    gaps: int = 0
    told_out_of_order: int = 0
    stored_out_of_order: int = 0

    def figures(self) -> list[Figure]:
        """All of it, as lines of the table."""
        return [
            known("messages sent", self.sent),
            known("messages acknowledged", self.acknowledged),
            counted("never acknowledged", self.unanswered),
            counted("acknowledged but not stored", self.false_acknowledgements),
            counted("lost", self.lost),
            counted("doubled", self.doubled),
            known("told again, with a number that was known", self.told_again),
            counted("gaps", self.gaps),
            counted("told out of order", self.told_out_of_order),
            counted("stored in another order than written", self.stored_out_of_order),
        ]


class Ledger:
    """All messages of a run."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.sent: dict[str, str] = {}
        """Authors by text."""
        self.acknowledged: dict[str, Acknowledgement] = {}
        self.contradicted = 0
        """Acknowledgements that named another place than an earlier one of the same message."""
        self.copies: list[Copy] = []
        self.shown_at: dict[str, float] = {}
        """When the other side was first shown a text, on the clock of the loop."""
        self.served_at: dict[str, float] = {}
        """When each worker last acknowledged something."""
        self.refused_s: list[float] = []
        """How long senders waited until they were told to try again."""
        self._overtaken: set[str] = set()

    def write(self, author: str) -> str:
        """A new text; its number stands at the end."""
        text = f"{author} {next(self._numbers)}"
        self.sent[text] = author
        return text

    def withdraw(self, text: str) -> None:
        """Forget a text that was refused for good, and its sender told so."""
        del self.sent[text]

    def refuse(self, text: str, waited_s: float, *, overtaken: bool) -> None:
        """Note that a sender was told to try again; `overtaken` by what she wrote since, it has no place to keep."""
        self.refused_s.append(waited_s)
        if overtaken:
            self._overtaken.add(text)

    def acknowledge(self, text: str, conversation: str, seq: int) -> None:
        """Note what a sender was told."""
        place = Acknowledgement(conversation, seq)
        self.contradicted += self.acknowledged.setdefault(text, place) != place

    def copy(self, conversation: str, generation: str) -> Copy:
        """A new copy for a client."""
        copy = Copy(conversation, generation)
        self.copies.append(copy)
        return copy

    def judge(self, stored: Mapping[str, Sequence[str]], complete: Iterable[Copy]) -> Verdict:
        """Compare with the texts that the store has of each conversation.

        `complete` are copies of clients who were there at the end: they lack nothing of what the store has.
        """
        verdict = Verdict(
            sent=len(self.sent),
            acknowledged=len(self.acknowledged),
            stored=sum(len(texts) for texts in stored.values()),
            unanswered=len(self.sent.keys() - self.acknowledged.keys()),
        )
        for text, place in self.acknowledged.items():
            texts = stored.get(place.conversation, ())
            verdict.false_acknowledgements += place.seq > len(texts) or texts[place.seq - 1] != text
        verdict.false_acknowledgements += self.contradicted
        times_stored = Counter(text for texts in stored.values() for text in texts)
        verdict.doubled = sum(times - 1 for times in times_stored.values())
        verdict.told_again = sum(copy.repeats for copy in self.copies)
        for copy in complete:
            texts = stored.get(copy.conversation, ())[: copy.until]
            verdict.lost += sum(copy.texts.get(seq) != text for seq, text in enumerate(texts, 1))
            verdict.gaps += copy.gaps
        verdict.told_out_of_order = sum(copy.disorder + copy.rewritten for copy in self.copies)
        verdict.stored_out_of_order = sum(self._disorder_of_authors(texts) for texts in stored.values())
        return verdict

    def _disorder_of_authors(self, texts: Sequence[str]) -> int:
        """Messages that stand behind one that the same author wrote later; our texts end in their number."""
        latest: dict[str, int] = {}
        disorder = 0
        for text in texts:
            if (author := self.sent.get(text)) is not None and text not in self._overtaken:
                number = int(text.rpartition(" ")[2])
                disorder += number < latest.get(author, 0)
                latest[author] = max(latest.get(author, 0), number)
        return disorder
