"""Languages: what browsers send, and the main one of a country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.visitors.language import LANGUAGE_OF_COUNTRY, primary_language


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("EN_us", "en"),
        ("zh-Hant-TW", "zh"),
        ("en_US.UTF-8", "en"),
        ("fil-PH", "fil"),
        ("iw", "he"),
        (" de ", "de"),
        ("*", None),
        ("", None),
        (None, None),
        ("french", None),
        ("f", None),
        ("12", None),
        ("fr;q=0.9", None),
        ("ФР", None),
    ],
)
def test_primary_subtag(tag: str | None, expected: str | None) -> None:
    assert primary_language(tag) == expected


@given(st.text())
def test_any_text_is_a_language_or_none(tag: str) -> None:
    language = primary_language(tag)
    assert language is None or primary_language(language) == language


def test_countries_have_the_language_that_browsers_there_send() -> None:
    expected = {
        "FR": "fr",
        "GB": "en",
        "DE": "de",
        "BE": "fr",
        "CH": "de",
        "BR": "pt",
        "JP": "ja",
        "IL": "he",
        "MA": "ar",
    }
    assert {country: LANGUAGE_OF_COUNTRY[country] for country in expected} == expected


def test_every_language_is_written_as_browsers_are_read() -> None:
    assert all(primary_language(language) == language for language in LANGUAGE_OF_COUNTRY.values())
    assert all(len(country) == 2 and country.isupper() for country in LANGUAGE_OF_COUNTRY)
