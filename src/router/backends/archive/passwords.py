"""Passwords as they are kept: Argon2id with the low-memory parameters of RFC 9106 (64 MiB, three passes)."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

AT_ONCE = 2
"""In one process, each with its 64 MiB and for some tenths of a second; whoever comes besides waits."""

NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$" + 22 * "A" + "$" + 43 * "A"
"""A hash of no known password. To look at it takes as long as at anybody's."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class Passwords:
    """Hashes and compares in threads, a few at once."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """The password with a salt of its own and all parameters, as text."""
        async with self._places:
            return await asyncio.to_thread(_hasher.hash, _one_form(password))

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Tell whether this is the password that was kept; None, for nobody's, takes as long."""
        async with self._places:
            return await asyncio.to_thread(_verify, kept or NOBODYS, _one_form(password))


def is_outdated(kept: str) -> bool:
    """Tell whether the parameters are others today: who knows the password hashes it again."""
    return _hasher.check_needs_rehash(kept)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except VerifyMismatchError:
        return False


def _one_form(password: str) -> str:
    """The same bytes for what looks the same: keyboards write an é in one character or in two."""
    return unicodedata.normalize("NFKC", password)
