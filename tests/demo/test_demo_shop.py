"""The pages of the demo shop: whole in both languages, without a dead link, and where the rules look for them."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from router.commands.demo import PEOPLE
from router.configuration import check_file
from router.core.site.document import Campaign, SiteDocument
from router.servers.http.demo_pages import ROOT, guide_pages, shop_pages

DEMO = Path(__file__).parents[2] / "config" / "demo"
SHOP = DEMO / "shop"
PAGES = shop_pages(SHOP)
GUIDES = guide_pages(SHOP)
ELSEWHERE = ("/console/", "/widget.js", "/api/", "/metrics", "/?lang=")
"""What others serve; and the guide."""


class Page(HTMLParser):
    """What is asked of a page: where it leads, what it loads, what a strict policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.language = ""
        self.other = ""
        self.refused: list[str] = []
        self.data = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [value for name in ("href", "src", "action") if (value := given.get(name))]
        if tag == "html":
            self.language = given["lang"] or ""
        if given.get("hreflang"):
            self.other = given["href"] or ""
        self._in_data = given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in given and not self._in_data):
            self.refused.append(tag)
        self.refused += [name for name in given if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    document = msgspec.convert(check_file(DEMO / "site.yaml", {}).document, SiteDocument)
    (found,) = (campaign for campaign in document.campaigns if campaign.name == "Demo shop")
    return found


def is_served(address: str) -> bool:
    if address.startswith(f"{ROOT}static/"):
        return (SHOP / address.removeprefix(ROOT)).is_file()
    return address.removeprefix(ROOT) in PAGES if address.startswith(ROOT) else address.startswith(ELSEWHERE)


@pytest.mark.parametrize("text", [*PAGES.values(), *GUIDES.values()], ids=[*PAGES, *GUIDES])
def test_a_page_leads_nowhere_that_is_not_there_and_needs_no_inline_code(text: str) -> None:
    page = Page(text)
    assert [address for address in page.addresses if not (address.startswith("#") or is_served(address))] == []
    assert page.refused == []
    assert not re.search(r"\$\w", text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_carries_the_widget_and_leads_to_its_twin_and_back(path: str) -> None:
    page = Page(PAGES[path])
    assert page.language == ("en" if path.startswith("en/") else "fr")
    assert "/widget.js" in page.addresses
    twin = Page(PAGES[page.other.removeprefix(ROOT)])
    assert (twin.language != page.language, twin.other) == (True, ROOT + path)


def test_both_languages_have_the_same_pages_and_products() -> None:
    languages = Counter(Page(text).language for text in PAGES.values())
    assert languages["fr"] == languages["en"] == len(PAGES) / 2
    french, english = (json.loads(Page(PAGES[home]).data) for home in ("", "en/"))
    assert french.keys() == english.keys()
    assert [french[name]["price"] for name in french] == [english[name]["price"] for name in french]
    assert all((SHOP / "static" / "pictures" / f"{name}.svg").is_file() for name in french)


def test_every_rule_of_the_demo_shop_has_its_page_in_both_languages(campaign: Campaign) -> None:
    named = {
        value
        for rule in campaign.rules
        for condition in rule.conditions
        if condition.criterion == "page_url"
        for value in condition.value
    }
    assert len(named) > 6
    for value in named:
        twin = Page(PAGES[value.removeprefix(ROOT)]).other
        assert value == ROOT or twin in named, value


def test_what_can_be_tried_is_every_action_and_the_offline_form(campaign: Campaign) -> None:
    assert {rule.action.kind for rule in campaign.rules} == {"button", "invitation", "message", "chatbox"}
    assert {rule.when_unavailable for rule in campaign.rules} >= {"queue", "offline_form"}


@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
def test_the_guide_names_everybody_as_whom_one_can_log_in(guide: str) -> None:
    assert all(f"<code>{email}</code>" in guide for email in PEOPLE)
