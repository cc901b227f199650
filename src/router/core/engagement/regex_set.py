"""Many regular expressions searched in one pass, with exactly the answers of each one alone."""

from collections.abc import Iterator, Sequence

import re2

from router.core.engagement.condition_values import compile_regex, regex_options

SET_BYTES = 64 << 20
"""Memory that the automaton of one set may grow to before it starts afresh; 8 MiB are too few for thousands."""


class RegexSet:
    """Patterns known by their position.

    A set that runs out of memory reports "nothing found" rather than a problem. So each one also holds the empty
    pattern, which is found in every text: where it is missing, the patterns are searched one by one.
    """

    __slots__ = ("_chunks",)

    def __init__(self, patterns: Sequence[str]) -> None:
        """`patterns` have passed `compile_regex`."""
        self._chunks = tuple(_chunks(0, patterns)) if patterns else ()

    def search(self, text: str) -> list[int]:
        """Positions of the patterns that are found in the text, in any order."""
        found: list[int] = []
        for first, patterns, chunk in self._chunks:
            hits = chunk.Match(text) if chunk is not None else None
            if hits:
                found += [first + hit for hit in hits if hit < len(patterns)]
            else:
                found += [first + hit for hit, pattern in enumerate(patterns) if compile_regex(pattern).search(text)]
        return found


def _chunks(first: int, patterns: Sequence[str]) -> Iterator[tuple[int, Sequence[str], re2.Set | None]]:
    """Compile patterns into one set, or into two halves where one would be too large; None for a lone giant."""
    options = regex_options()
    options.max_mem = SET_BYTES
    chunk = re2.Set.SearchSet(options)
    try:
        for pattern in (*patterns, ""):
            chunk.Add(pattern)
        chunk.Compile()
    except re2.error:
        half = len(patterns) // 2
        if half == 0:
            yield first, patterns, None
        else:
            yield from _chunks(first, patterns[:half])
            yield from _chunks(first + half, patterns[half:])
    else:
        yield first, patterns, chunk
