"""User agents: the table of devices through the real database, and crawlers."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.visitors.device import Hints
from router.user_agents import UserAgents

TABLE = json.loads((Path(__file__).parent / "cases" / "device.json").read_text("utf-8"))
USER_AGENTS = UserAgents(cached=8)


@pytest.mark.parametrize("case", TABLE["cases"], ids=[case["name"] for case in TABLE["cases"]])
def test_device_type(case: dict[str, Any]) -> None:
    hints = Hints(case.get("touch_points", 0), case.get("mobile"), case.get("platform"))
    assert USER_AGENTS.device_type(case["user_agent"], hints) == case["device_type"]


@pytest.mark.parametrize(
    ("user_agent", "is_crawler"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("msnbot/2.0b (+http://search.msn.com/msnbot.htm)", True),
        ("UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/", True),
        ("curl/8.5.0", True),
        ("", True),
        ("  ", True),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", False),
        ("Mozilla/5.0 (Linux; Android 4.2.2; CUBOT P9) AppleWebKit/537.36 Chrome/34.0 Mobile Safari/537.36", False),
    ],
)
def test_crawlers_are_told_from_browsers(user_agent: str, is_crawler: bool) -> None:
    assert USER_AGENTS.is_crawler(user_agent) is is_crawler


@given(st.text(max_size=3000), st.integers(), st.none() | st.booleans(), st.none() | st.text())
def test_no_user_agent_is_too_strange(
    user_agent: str, touch_points: int, mobile: bool | None, platform: str | None
) -> None:
    hints = Hints(touch_points, mobile, platform)
    assert USER_AGENTS.device_type(user_agent, hints) in ("desktop", "tablet", "mobile", None)
    assert USER_AGENTS.is_crawler(user_agent) in (True, False)
