"""Letters between processes: every item once and in order, whatever the store does, or the loss is noticed."""

import asyncio
import random
from collections.abc import Callable, Sequence

import pytest

from router.core.vocabulary.ids import SiteId, VisitorId
from router.engine import post as module
from router.engine.background import Background
from router.engine.letters import Gone, Item, Letter, encode_letter
from router.engine.post import MOST_WAITING, Post
from router.ports import Roll, StoreUnavailable

PATIENCE_SECONDS = 20.0


class PostOffice:
    """Workers that only write letters; now and then the store does not answer, before or after it took one."""

    def __init__(self, seed: int, *, failures: float) -> None:
        self._random = random.Random(seed)
        self.failures = failures
        self._readers: dict[str, Callable[[bytes], None]] = {}

    async def post(self, to: str, letter: bytes) -> None:
        await asyncio.sleep(0)
        fails = self._random.random() < self.failures
        if not fails or self._random.random() < 0.5:
            self._readers[to](letter)
        if fails:
            raise StoreUnavailable("of no use now")

    async def listen(self, worker: str, on_letter: Callable[[bytes], None]) -> None:
        self._readers[worker] = on_letter

    async def beat(self, site: SiteId, worker: str) -> Roll:
        raise NotImplementedError

    async def buried(self, site: SiteId, worker: str) -> None:
        raise NotImplementedError

    async def retire(self, site: SiteId, worker: str) -> None:
        raise NotImplementedError

    async def claim(self, site: SiteId, worker: str, visitors: Sequence[VisitorId]) -> list[str]:
        raise NotImplementedError

    async def release(self, site: SiteId, worker: str, visitors: Sequence[VisitorId], *, to: str | None = None) -> None:
        raise NotImplementedError


class End:
    """A process that notes what it reads and what it is told to be lost."""

    def __init__(self, office: PostOffice, name: str) -> None:
        self.read: list[str] = []
        self.lost: list[str] = []
        self.post = Post(office, name, Background(), take=self._take, lost=self.lost.append)

    def _take(self, sender: str, item: Item) -> None:
        self.read.append(item.socket)

    async def until_read(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.read) < number:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)


async def two_ends(office: PostOffice) -> tuple[End, End]:
    ends = End(office, "a"), End(office, "b")
    for end in ends:
        await end.post.listen()
    return ends


@pytest.mark.parametrize("seed", range(10))
async def test_every_item_arrives_once_and_in_order(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_AGAIN_SECONDS", 0)
    a, b = await two_ends(PostOffice(seed, failures=0.4))
    numbers = [str(number) for number in range(300)]
    for number in numbers:
        a.post.write("b", Gone(number))
        if seed % 2:
            b.post.write("a", Gone(number))
            await asyncio.sleep(0)
    await b.until_read(300)
    await a.until_read(300 if seed % 2 else 0)
    assert b.read == numbers
    assert a.read == (numbers if seed % 2 else [])
    assert a.lost == b.lost == []


async def test_a_letter_that_was_lost_is_noticed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    office = PostOffice(1, failures=0)
    a, b = await two_ends(office)
    a.post.write("b", Gone("1"))
    await b.until_read(1)
    await office.listen("b", lambda letter: None)
    a.post.write("b", Gone("2"))
    await asyncio.sleep(0.01)
    await b.post.listen()
    a.post.write("b")
    a.post.write("b", Gone("3"))
    await b.until_read(2)
    assert (b.read, b.lost) == (["1", "3"], ["a"])


async def test_whoever_takes_another_for_dead_begins_anew_and_the_other_notices() -> None:
    a, b = await two_ends(PostOffice(1, failures=0))
    a.post.write("b", Gone("1"))
    await b.until_read(1)
    a.post.forget("b")
    a.post.write("b", Gone("2"))
    await b.until_read(2)
    assert (b.read, b.lost) == (["1", "2"], ["a"])


async def test_what_waits_too_long_is_given_up_and_both_sides_know() -> None:
    office = PostOffice(1, failures=1)
    a, b = await two_ends(office)
    for _ in range(2):
        a.post.write("b", *[Gone("x")] * MOST_WAITING)
    assert a.lost == ["b"]
    office.failures = 0
    a.post.write("b", Gone("last"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "last" not in b.read:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)
    assert b.lost == ["a"]


async def test_nothing_more_is_sent_to_the_dead() -> None:
    office = PostOffice(1, failures=1)
    a, b = await two_ends(office)
    a.post.write("b", Gone("1"))
    await asyncio.sleep(0)
    a.post.forget("b")
    office.failures = 0
    await asyncio.sleep(2 * module.SEND_AGAIN_SECONDS)
    assert b.read in ([], ["1"]), "it may have arrived before"


async def test_a_letter_of_another_version_harms_nothing() -> None:
    office = PostOffice(1, failures=0)
    a, b = await two_ends(office)
    await office.post("b", b"of another version")
    await office.post("b", encode_letter(Letter("a", 1, 1, [Gone("1")])))
    await office.post("b", encode_letter(Letter("a", 1, 1, [Gone("1")])))
    assert b.read == ["1"]
    assert a.read == []
