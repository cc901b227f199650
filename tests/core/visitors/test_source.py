"""Sources of visits: the table of cases, and that no string is too strange."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.core.visitors.source import Source, SourceType, hosts_of, source_of

TABLE = json.loads((Path(__file__).parents[2] / "cases" / "source.json").read_text("utf-8"))
OWN_HOSTS = hosts_of(TABLE["own_origins"])

urls = st.one_of(
    st.text(),
    st.builds(
        "{}://{}/{}?{}".format,
        st.sampled_from(["http", "https", "android-app", ""]),
        st.one_of(st.text(), st.sampled_from(["www.google.com", "[::1", "bing.com:port", "velo.example", "㎏.com"])),
        st.text(),
        st.one_of(st.text(), st.sampled_from(["q=%", "q=%ff", "utm_source=", "gclid=1", "&&=&", ";q=1"])),
    ),
)


@pytest.mark.parametrize("case", TABLE["cases"], ids=[case["name"] for case in TABLE["cases"]])
def test_source_of_the_first_page(case: dict[str, Any]) -> None:
    referrer = case["referrer"] if case.get("kept") else None
    expected = Source(SourceType(case["type"]), referrer, case.get("keyword"))
    assert source_of(case["page"], case["referrer"], OWN_HOSTS) == expected


def test_hosts_of_origins_leave_out_scheme_port_and_www() -> None:
    assert hosts_of(["https://www.Velo.example", "http://[2001:db8::1]:80", "null", "http://["]) == {
        "velo.example",
        "2001:db8::1",
    }


@given(page=urls, referrer=st.none() | urls)
@example(page="http://[", referrer="http://]")
def test_no_string_is_too_strange(page: str, referrer: str | None) -> None:
    source = source_of(page, referrer, OWN_HOSTS)
    assert source.referrer in (None, referrer)
    assert source.keyword != ""
    assert source.type is not SourceType.DIRECT or source.referrer is None
