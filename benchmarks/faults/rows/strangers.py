"""Connections that mean no good: each is closed in time, none costs memory for long, and nobody else feels them."""

import asyncio
import random
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
from websockets.frames import Frame, Opcode

from benchmarks.faults import site
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, count, megabytes, milliseconds, percentile, seconds, told
from benchmarks.faults.stalls import watching
from benchmarks.faults.wire import Message, NotOpened, Socket
from benchmarks.processes import anonymous_bytes

HALF_OPEN = "half-open, no pong"
GONE_AFTER_S = 17
"""A ping after 10 s of silence, 5 s for the pong; everything else is closed after 5 s at the latest."""
CLOSED_WITHIN_S = 60.0
QUIET_S = 3.0
BOMB_BYTES = 4 * 1024 * 1024
"""What a fragment bomb would amount to; a message has 64 KiB at most."""
MEMORY_BYTES = 64 * 1024 * 1024
"""More is not bounded by 64 KiB a connection."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind, and malformed frames in all."""

    each: int
    malformed: int


LONG = Scale(each=200, malformed=1_000)
SHORT = Scale(each=10, malformed=100)


class Ended(msgspec.Struct, frozen=True):
    """How one connection ended: after how long, and with which close code; None when it did not."""

    after_s: float
    code: int | None


async def measure(scale: Scale) -> list[Figure]:
    """Count who was not closed, and time how long it took."""
    async with serving(agents=1) as cluster:
        (pid,) = cluster.worker_pids()
        async with watching(cluster) as calm:
            await asyncio.sleep(QUIET_S)
        before = anonymous_bytes(pid)
        async with watching(cluster) as disturbed:
            never_ask = asyncio.gather(*(_never_ask(cluster) for _ in range(scale.each)))
            ask_slowly = asyncio.gather(*(_never_ask(cluster, _slowly) for _ in range(scale.each)))
            never_greet = asyncio.gather(*(_never_greet(cluster) for _ in range(scale.each)))
            half_open = asyncio.gather(*(_answer_no_ping(cluster) for _ in range(scale.each)))
            bombs = asyncio.gather(*(_send(cluster, _bomb()) for _ in range(scale.each)))
            malformed = []
            for start in range(0, scale.malformed, scale.each):
                numbers = range(start, min(start + scale.each, scale.malformed))
                malformed += await asyncio.gather(*(_send(cluster, _malformed(number)) for number in numbers))
            kinds = {
                "never asks for the upgrade": await never_ask,
                "asks for it one byte a second": await ask_slowly,
                "never says hello": await never_greet,
                HALF_OPEN: await half_open,
                "fragment bomb": await bombs,
                "malformed frame": malformed,
            }
        grown = max(anonymous_bytes(pid) - before, 0)
    codes = sorted({one.code or 0 for ended in kinds.values() for one in ended})
    return [
        *(count(f"{kind}: not closed", sum(one.code is None for one in ended)) for kind, ended in kinds.items()),
        count("neighbours closed", disturbed.lost),
        megabytes("memory of the server grew", grown, at_most_bytes=MEMORY_BYTES),
        told("connections", sum(len(ended) for ended in kinds.values())),
        *(
            seconds(
                f"{kind}: closed after, at most",
                max(one.after_s for one in ended),
                at_most=GONE_AFTER_S if kind == HALF_OPEN else 6,
            )
            for kind, ended in kinds.items()
        ),
        milliseconds("ping of neighbours, p99", percentile(disturbed.trips_s, 0.99)),
        milliseconds("the same before, p99", percentile(calm.trips_s, 0.99)),
        told(f"close codes seen: {', '.join(map(str, codes))}", len(codes)),
    ]


async def _never_ask(
    cluster: Cluster, trickle: "Callable[[asyncio.StreamWriter], asyncio.Future[None]] | None" = None
) -> Ended:
    """Connect, and never finish the request."""
    address = urlsplit(cluster.visitor_url())
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    connected_at = asyncio.get_running_loop().time()
    trickling = None if trickle is None else trickle(writer)
    code: int | None = 0
    try:
        async with asyncio.timeout(CLOSED_WITHIN_S):
            while await reader.read(4096):
                pass
    except TimeoutError:
        code = None
    except OSError:
        code = 0
    finally:
        if trickling is not None:
            trickling.cancel()
        writer.close()
    return Ended(asyncio.get_running_loop().time() - connected_at, code)


def _slowly(writer: asyncio.StreamWriter) -> "asyncio.Future[None]":
    async def write() -> None:
        for byte in b"GET /ws/visitor?site=shop HTTP/1.1\r\nHost: localhost\r\nX-Padding: " + b"x" * 1000:
            writer.write(bytes((byte,)))
            await asyncio.sleep(1)

    return asyncio.ensure_future(write())


async def _never_greet(cluster: Cluster) -> Ended:
    """Ask for the upgrade, and never say hello."""
    opened_at = asyncio.get_running_loop().time()
    opened = await Socket.open(cluster.visitor_url(), origin=site.ORIGIN)
    return await _until_closed(opened, opened_at)


async def _answer_no_ping(cluster: Cluster) -> Ended:
    """Say hello, and then nothing: the machine at the other end is gone."""
    opened = await _greeted(cluster)
    opened.mute()
    return await _until_closed(opened, asyncio.get_running_loop().time())


async def _send(cluster: Cluster, data: bytes) -> Ended:
    """Say hello, then this."""
    opened = await _greeted(cluster)
    opened.send_bytes(data)
    return await _until_closed(opened, asyncio.get_running_loop().time())


async def _greeted(cluster: Cluster) -> Socket:
    welcomed = asyncio.Event()

    def hear(message: Message) -> None:
        if message["type"] == "welcome":
            welcomed.set()

    try:
        opened = await Socket.open(cluster.visitor_url(), origin=site.ORIGIN)
    except NotOpened:
        return await _greeted(cluster)
    opened.listen(hear)
    number = random.getrandbits(64)
    page = {"id": f"{number}", "url": f"{site.ORIGIN}/quiet"}
    opened.send("hello", page=page, window={"width": 800, "height": 600}, tab=f"{number}")
    async with asyncio.timeout(CLOSED_WITHIN_S):
        await welcomed.wait()
    return opened


async def _until_closed(opened: Socket, since: float) -> Ended:
    try:
        async with asyncio.timeout(CLOSED_WITHIN_S):
            code, _ = await asyncio.shield(opened.ended)
    except TimeoutError:
        opened.cut()
        return Ended(CLOSED_WITHIN_S, None)
    return Ended(asyncio.get_running_loop().time() - since, code)


# -- what they send


def _bomb() -> bytes:
    """A message in fragments without an end."""
    fragments = [Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True)]
    fragments += [Frame(Opcode.CONT, b"x" * 1024, fin=False).serialize(mask=True)] * (BOMB_BYTES // 1024)
    return b"".join(fragments)


def _malformed(number: int) -> bytes:
    """One of the things that no WebSocket may send, by number."""
    chance = random.Random(number)
    mask = chance.randbytes(4)
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: b"\x81\x05hello",  # not masked
        lambda: bytes((0x80 | chance.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), 0x80)) + mask,  # reserved opcode
        lambda: bytes((0x80 | chance.choice((1, 2, 4, 7)) << 4 | 1, 0x80)) + mask,  # reserved bits
        lambda: b"\x89\xfe\x00\x7e" + mask + bytes(126),  # a ping too long for a ping
        lambda: b"\x09\x80" + mask,  # a ping in fragments
        lambda: b"\x80\x80" + mask,  # a continuation of nothing
        lambda: b"\x81\xff" + struct.pack("!Q", 2**63 + chance.getrandbits(32)) + mask,  # longer than a length may be
        lambda: b"\x81\xff" + struct.pack("!Q", 2**40) + mask,  # a terabyte to come
        lambda: Frame(Opcode.TEXT, b"\xff\xfe" + chance.randbytes(8)).serialize(mask=True),  # not UTF-8
        lambda: Frame(Opcode.BINARY, chance.randbytes(64)).serialize(mask=True),  # not text
        lambda: Frame(Opcode.CLOSE, b"\x03").serialize(mask=True),  # half a close code
        lambda: Frame(Opcode.TEXT, b'{"type":' + b"[" * 5000).serialize(mask=True) * 3,  # three that are no message
        lambda: Frame(Opcode.TEXT, chance.randbytes(20).hex().encode()).serialize(mask=True) * 3,
    )
    return kinds[number % len(kinds)]()
