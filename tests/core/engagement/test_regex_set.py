"""A set of regular expressions answers as each one alone, also when it runs out of memory."""

import pytest
import re2

from router.core.engagement import regex_set
from router.core.engagement.condition_values import compile_regex
from router.core.engagement.regex_set import RegexSet

PATTERNS = ("/cart$", r"\d{3}", "é", "^$", "a.{50}b", "(x|y){1,40}z", "A")
TEXTS = ("", "/cart", "/CART?", "p123", "É", "a" + "-" * 50 + "B", "xyxyz", "a" * 200)


def alone(text: str) -> set[int]:
    return {index for index, pattern in enumerate(PATTERNS) if compile_regex(pattern).search(text)}


@pytest.mark.parametrize("memory_bytes", [regex_set.SET_BYTES, 20_000, 4_000, 1_000])
def test_answers_do_not_depend_on_memory(memory_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_set, "SET_BYTES", memory_bytes)
    patterns = RegexSet(PATTERNS)
    for text in TEXTS * 2:
        assert set(patterns.search(text)) == alone(text)


def test_more_patterns_than_fit_one_automaton_are_divided() -> None:
    patterns = tuple(f"{letter}(.{{300}}){{{count}}}" for letter in "abc" for count in (2, 3))
    text = "b" + "." * 650
    assert RegexSet(patterns).search(text) == [2]


def test_a_set_that_gives_up_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = RegexSet(PATTERNS)
    monkeypatch.setattr(re2.Set, "Match", lambda _set, _text: None)  # what it answers when its memory is used up
    for text in TEXTS:
        assert set(patterns.search(text)) == alone(text)
