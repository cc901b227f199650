"""The named scripts: each is one atomic change, run by its hash, and sent again when the store has forgotten it."""

import asyncio
import hashlib
from importlib.resources import files
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from router.backends.redis.connection import CALL_SECONDS, one_call
from router.backends.redis.keys import hash_tag
from router.core.conversations.lifecycle import TRANSITIONS
from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import SiteId

FACTS_KEPT = 1_000_000
"""Default for the entries of a site's stream of facts; the oldest go first."""

TIMES = RoutingTimes()

_PRELUDE = ("record", "news", "agents", "choice", "lines", "seats", "waits", "openings")


def _lifecycle() -> str:
    table = {
        state or "new": {event.value: then.value for event, then in events.items()}
        for state, events in TRANSITIONS.items()
    }
    return f"local LIFECYCLE = cjson.decode('{msgspec.json.encode(table).decode()}')\n"


def _sources() -> dict[str, str]:
    folder = files(__package__).joinpath("lua")
    prelude = _lifecycle() + "".join(folder.joinpath("prelude", f"{name}.lua").read_text() for name in _PRELUDE)
    return {
        file.name.removesuffix(".lua"): _behind(prelude, file.read_text())
        for file in folder.iterdir()
        if file.name.endswith(".lua")
    }


def _behind(prelude: str, source: str) -> str:
    """The script behind the prelude; its flags, if any, stay the first line, where the store reads them.

    `allow-oom`: runs with the store's memory full, for it frees more than it takes.
    """
    flags, _, rest = source.partition("\n") if source.startswith("#!") else ("", "", source)
    return f"{flags}\n{prelude}{rest}" if flags else prelude + rest


def hash_of(source: str) -> str:
    """The store's own name for a script."""
    return hashlib.sha1(source.encode()).hexdigest()  # noqa: S324 - no secret


class Scripts:
    """Runs a script of `lua/` by its name for a site."""

    def __init__(
        self,
        redis: Redis,
        *,
        times: RoutingTimes = TIMES,
        facts_kept: int = FACTS_KEPT,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        """`facts_kept`: about how many entries the streams of facts keep; `call_seconds`: when a call is given up."""
        self._redis = redis
        self._times = times
        self._encoded_times: dict[SiteId, bytes] = {}
        self._facts_kept = facts_kept
        self._call_seconds = call_seconds
        self._sources = _sources()
        self._hashes = {name: hash_of(source) for name, source in self._sources.items()}
        self._loaded = dict.fromkeys(self._sources, 0)
        """How often each was sent to the store."""
        self._loading = asyncio.Lock()

    def set_times(self, site: SiteId, times: RoutingTimes) -> None:
        """Give a site times of its own, from now on."""
        self._encoded_times[site] = msgspec.json.encode(times)

    def _times_of(self, site: SiteId) -> bytes:
        if site not in self._encoded_times:
            self._encoded_times[site] = msgspec.json.encode(self._times)
        return self._encoded_times[site]

    async def run(self, name: str, site: SiteId, request: object) -> Any:
        """What the script answers to the request, a struct or dictionary; Refused, StoreUnavailable."""
        arguments = (hash_tag(site), msgspec.json.encode(request), self._facts_kept, self._times_of(site))
        async with one_call(self._call_seconds):
            loaded = self._loaded[name]
            try:
                return await self._redis.evalsha(self._hashes[name], 1, *arguments)
            except NoScriptError:  # a fresh or flushed store
                await self._load(name, loaded)
                return await self._redis.evalsha(self._hashes[name], 1, *arguments)

    async def _load(self, name: str, loaded: int) -> None:
        """Send a script to the store: once, however many calls found it missing after it was sent `loaded` times."""
        async with self._loading:
            if self._loaded[name] == loaded:
                await self._redis.script_load(self._sources[name])
                self._loaded[name] += 1
