"""The connection to the shared store: a pool with time limits, and errors in the words of the ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError

from router.ports import Refused, StoreUnavailable
from router.tasks import end

CALL_SECONDS = 0.8
"""A store that has not answered by then is taken for gone: whoever wrote is told within a second to try again."""

PROBE_EVERY_S = 0.25

MAX_CONNECTIONS = 32
"""Commands at work at once in one process; more of them wait for a connection instead of failing."""

BROKEN = (RedisError, OSError, TimeoutError, RuntimeError)
"""What a broken connection raises; a RuntimeError is uvloop's, for one that was reset just before it is written to."""

log = structlog.get_logger(__name__)

_REFUSED = "REFUSED "


def connect(address: str) -> Redis:
    """A client of the store at `redis://`, `rediss://` or `unix://`; nothing is sent before the first command.

    Nothing is repeated on its own: after a time-out nobody knows whether a change was made, so that is for the caller.
    While the store is known to be away, every command fails at once.
    """
    limits: dict[str, Any] = {
        "max_connections": MAX_CONNECTIONS,
        "timeout": CALL_SECONDS,
        "socket_timeout": None,  # `one_call` limits all of it; the driver's own limit is a task for every command
        "socket_connect_timeout": CALL_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "client_name": "router",
    }
    return Redis.from_pool(_Pool.from_url(address, **limits))


class _Pool(BlockingConnectionPool):
    """Connections that are shared by all adapters of a process, and with them the knowledge that the store is away.

    A connection that broke makes the pool ask. What finds no answer is refused until there is one; the probe has a
    connection of its own each time.
    """

    is_away = False
    _probing: asyncio.Task[None] | None = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._condition = _Condition()

    def can_get_connection(self) -> bool:
        if self.is_away:
            raise NoConnection("it is away")
        return bool(super().can_get_connection())

    async def release(self, connection: AbstractConnection) -> None:
        if not connection.is_connected:
            self._suspect()
        await super().release(connection)

    async def aclose(self) -> None:
        if self._probing is not None:
            await end(self._probing)
        await super().aclose()

    def _suspect(self) -> None:
        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(self._probe())

    async def _probe(self) -> None:
        """Ask until the store answers; idle connections that it does not know any more are let go then."""
        while not await self._answers():
            if not self.is_away:
                self.is_away = True
                log.error("the store is away")
            await asyncio.sleep(PROBE_EVERY_S)
        if self.is_away:
            with suppress(*BROKEN):  # one that does not even close, as with TLS to nowhere, is let go all the same
                await self.disconnect(inuse_connections=False)
            self.is_away = False
            log.warning("the store is back")

    async def _answers(self) -> bool:
        connection: Any = self.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await connection.connect()
                await connection.send_command("PING")
                await connection.read_response()
        except Exception as error:  # whatever it is: who stops asking stays away for ever
            log.debug("the store does not answer", why=str(error))
            return False
        else:
            return True
        finally:
            await connection.disconnect(nowait=True)


class _Condition(asyncio.Condition):
    """Of which no wake-up is lost: who is cancelled just then passes it on, as the library's own does since 3.13."""

    async def wait(self) -> Literal[True]:
        try:
            return await super().wait()
        except asyncio.CancelledError:
            self.notify()
            raise


@asynccontextmanager
async def one_call(within_s: float = CALL_SECONDS) -> AsyncIterator[None]:
    """Give up after so long, and turn the driver's errors into `Refused` and `StoreUnavailable`.

    The time is for all of it: the wait for a connection, its greeting when it is a new one, and the answer.
    """
    try:
        async with asyncio.timeout(within_s):
            yield
    except ResponseError as error:
        code = str(error).partition(_REFUSED)[2].split(" ")[0]
        if code:
            raise Refused(cast("_RefusalCode", code)) from None
        if not is_known_trouble(error):
            log.error("the store refused a command", why=str(error))  # a fault of ours, not of the line to the store
        raise StoreUnavailable(f"The store refused a command: {error}") from error
    except BROKEN as error:
        raise StoreUnavailable(f"The store did not answer: {str(error) or type(error).__name__}") from error


def is_known_trouble(error: ResponseError) -> bool:
    """Tell whether the store takes no writes for a reason of its own: `examine` names it."""
    return isinstance(error, (OutOfMemoryError, ReadOnlyError)) or str(error).startswith("MISCONF")


_RefusalCode = Literal["not_found", "conflict", "full", "not_available", "closed", "forbidden"]
