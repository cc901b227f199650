"""YAML text to plain data with lines, and back: nothing surprising in, nothing lost, nothing dangerous."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.protocol.site_file import DEPTH, FILE_SIZE, read_site_file, write_site_file
from tests.core.site.garden import FILE, garden


def data_of(text: str) -> Any:
    written = read_site_file(text.encode())
    assert written.problems == []
    return written.data


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("NO", "NO"),
        ("14:00", "14:00"),
        ("2026-11-27", "2026-11-27"),
        ("1_000", "1_000"),
        ("010", "010"),
        ("0x10", "0x10"),
        ("+33123", "+33123"),
        (".5", ".5"),
        ("=", "="),
        ("<<", "<<"),
        ("12", 12),
        ("-12", -12),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ('"caf\\u00e9 \\n"', "café \n"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_scalars_are_what_they_look_like(scalar: str, value: Any) -> None:
    read = data_of(f"key: {scalar}\n")["key"]
    assert read == value
    assert type(read) is type(value)


def test_every_place_has_its_line() -> None:
    written = read_site_file(
        b"site:\n  key: shop\n\ngroups:\n  - name: A\n    hours: {monday: [\n      '1', '2']}\n  - name: B\n"
    )
    wanted = {"site": 1, "site.key": 2, "groups[0]": 5, "groups[0].hours.monday[1]": 7, "groups[1].name": 8}
    assert {place: written.line_of(place) for place in wanted} == wanted
    around = {"site.name": 1, "groups[1].hours.monday[0]": 8, "groups[7].name": 4, "nothing": 1, "": 1}
    assert {place: written.line_of(place) for place in around} == around


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML"),
        (b"a:\n\tb: 1\n", 2, "not YAML"),
        (b"a: &x [1]\nb: *x\n", 2, "aliases"),
        (b"a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tags"),
        (b"a: !!str 1\n", 1, "tags"),
        (b"a: 1\n---\nb: 2\n", 2, "one document"),
        (b"a: 1\n? [1]\n: 2\n", 2, "a key must be a text"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"a: 1\nb: \x00\n", 2, "not YAML"),
        (b"a: " + b"[" * 100_000, 1, f"at most {DEPTH} levels"),
        (b"#" * (FILE_SIZE + 1), 1, "bytes"),
    ],
)
def test_what_is_not_a_site_file_is_refused_in_its_line(content: bytes, line: int, part: str) -> None:
    written = read_site_file(content)
    assert written.data is None
    assert len(written.problems) == 1
    assert part in written.problems[0].message
    assert written.line_of(written.problems[0].place) == line


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    written = read_site_file(b"site:\n  key: a\n  name: b\n  key: c\n")
    [problem] = written.problems
    assert (problem.place, written.line_of(problem.place)) == ("site.key", 4)
    assert "first in line 2" in problem.message


def test_a_byte_order_mark_is_no_text() -> None:
    assert read_site_file(b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


def test_the_written_file_is_readable() -> None:
    text = write_site_file(garden())
    assert "label: 'De l''aide ?'" in text
    assert "name: Zoé" in text
    assert "{criterion: time_on_page, operator: greater_than, value: 2s}" in text
    assert "\n\nusers:\n" in text
    assert max(map(len, text.splitlines())) <= 130


def test_the_shop_survives_the_round_trip() -> None:
    written = write_site_file(garden())
    assert read_site_file(written.encode()).data == read_site_file(FILE.read_bytes()).data
    assert write_site_file(data_of(written)) == written


TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufeff\ufffe\uffff\u2028\u2029"
    )
)
LOOKALIKES = st.sampled_from(
    ["1", "1.0", "1e3", "-0", ".5", "no", "Yes", "null", "~", "", " ", "a: b", "- a", "#a", "14:00", "2026-11-27", "<<",
     "=", "!a", "&a", "*a", "{", "]", "'", '"', "a\n", "\na", "a \n b", "0x1F", "1_0", "+1", "%a", "@a", "`", "\t", "é"]
)  # fmt: skip
SCALARS = (
    TEXTS
    | LOOKALIKES
    | st.integers(-(10**15), 10**15)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | LOOKALIKES, inner, max_size=4),
    max_leaves=20,
)


def typed(value: Any) -> Any:
    """With the type of every scalar: 1, 1.0 and true are not the same."""
    match value:
        case dict():
            return [(key, typed(item)) for key, item in value.items()]
        case list():
            return [typed(item) for item in value]
    return type(value), value


@given(st.dictionaries(TEXTS | LOOKALIKES, VALUES, min_size=1, max_size=4))
def test_what_is_written_reads_back_equal(document: dict[str, Any]) -> None:
    assert typed(data_of(write_site_file(document))) == typed(document)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_no_bytes_are_an_accident(content: bytes) -> None:
    written = read_site_file(content)
    assert all(written.line_of(problem.place) >= 1 for problem in written.problems)


@given(
    st.lists(st.sampled_from([*"abc:-[]{}&*!#|>'\"\n ,?%@\t", "  ", "- ", ": ", "---", "..."]), max_size=60).map(
        "".join
    )
)
def test_no_text_made_of_yaml_is_an_accident(text: str) -> None:
    read_site_file(text.encode())
