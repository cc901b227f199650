"""Facts reach the stream once, in order and in entries of a bounded size; while it is away they wait, up to a limit."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import SiteId, VisitId
from router.core.vocabulary.values import Instant
from router.engine.recorder import A_PIECE, AN_ENTRY, Recorder
from router.ports import StoreUnavailable

SITE = SiteId("site")


class Stream:
    """A stream that keeps what it was given, and fails when it is told to."""

    def __init__(self) -> None:
        self.tried: list[bytes] = []
        self.stored: list[bytes] = []
        self.is_away = False
        self.full = False

    async def append(self, site: SiteId, facts: bytes) -> None:
        self.tried.append(facts)
        if self.is_away:
            raise StoreUnavailable
        self.stored.append(facts)

    async def is_full(self, site: SiteId) -> bool:
        return self.full

    def read(self, site: SiteId) -> AsyncIterator[dict[str, object]]:
        raise AssertionError("a recorder does not read")

    @property
    def facts(self) -> list[dict[str, object]]:
        return [fact for entry in self.stored for fact in msgspec.json.decode(entry)]


def facts(number: int, first: int = 0) -> list[Fact]:
    return [Fact(FactKind.VISIT_STARTED, Instant(at), VisitId("v")) for at in range(first, first + number)]


async def test_facts_are_stored_in_order_with_ids_of_their_own_and_counted_once() -> None:
    stream, counted = Stream(), list[Fact]()
    recorder = Recorder(SITE, "run", stream, counted.extend)
    recorder.record(facts(2))
    await recorder.flush()
    recorder.record(facts(1, first=2))
    await recorder.flush()
    assert [fact["id"] for fact in stream.facts] == ["run-1", "run-2", "run-3"]
    assert [fact["kind"] for fact in stream.facts] == ["visit_started"] * 3
    assert counted == facts(3)
    assert len(stream.stored) == 2


async def test_a_burst_becomes_several_entries() -> None:
    stream = Stream()
    recorder = Recorder(SITE, "run", stream, lambda facts: None)
    for first in range(0, 3 * AN_ENTRY, 10):
        recorder.record(facts(10, first=first))
    await recorder.flush()
    assert [len(msgspec.json.decode(entry)) for entry in stream.stored] == [AN_ENTRY] * 3
    assert [fact["id"] for fact in stream.facts] == [f"run-{number:x}" for number in range(1, 3 * AN_ENTRY + 1)]


async def test_an_entry_that_may_have_been_stored_goes_again_as_it_was() -> None:
    stream = Stream()
    recorder = Recorder(SITE, "run", stream, lambda facts: None)
    recorder.record(facts(1))
    stream.is_away = True
    await recorder.flush()
    recorder.record(facts(1, first=1))
    stream.is_away = False
    await recorder.flush()
    assert stream.tried[0] == stream.tried[1]
    assert [fact["id"] for fact in stream.facts] == ["run-1", "run-2"]


async def test_beyond_the_limit_the_oldest_are_given_up_and_counted() -> None:
    stream = Stream()
    recorder = Recorder(SITE, "run", stream, lambda facts: None, most_waiting=2 * A_PIECE)
    stream.is_away = True
    recorder.record(facts(1))
    await recorder.flush()  # this one may have been stored: it is kept
    for piece in range(3):
        recorder.record(facts(A_PIECE, first=piece * A_PIECE))
    await recorder.flush()
    assert recorder.given_up == A_PIECE
    stream.is_away = False
    await recorder.flush()
    assert [fact["id"] for fact in stream.facts[:2]] == ["run-1", f"run-{A_PIECE + 2:x}"]
    assert len(stream.facts) == 1 + 2 * A_PIECE


async def test_a_full_stream_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    stream = Stream()
    recorder = Recorder(SITE, "run", stream, lambda fact: None)
    await recorder.warn_when_full()
    assert capsys.readouterr().out == ""
    stream.full = True
    await recorder.warn_when_full()
    await recorder.warn_when_full()
    assert capsys.readouterr().out.count("the stream of facts is full") == 1
