"""Every way in which a document can be wrong is named, with its place; a right one has no problem."""

from typing import Any

import pytest

from router.core.site.check import check_site, read_site
from router.core.site.problems import Problem
from tests.core.site.garden import ABSENT, ENVIRONMENT, Raw, garden, garden_with

RULE = "campaigns[1].rules[0]"
TIME = f"{RULE}.conditions[1]"


def problems_of(document: object, severity: str = "error") -> list[Problem]:
    return [problem for problem in check_site(document, ENVIRONMENT) if problem.severity == severity]


def test_a_right_document_has_no_problem() -> None:
    document, problems = read_site(garden(), ENVIRONMENT)
    assert problems == []
    assert document is not None
    assert document.site.key == "garden"


WRONG: list[tuple[str, Any, str, str]] = [
    # where it is changed, to what, where the problem is, a part of its message
    ("colour", "red", "colour", "unknown key 'colour'"),
    ("site.languags", ["fr"], "site.languags", "did you mean 'languages'"),
    ("campaigns[0].stauts", "active", "campaigns[0].stauts", "did you mean 'status'"),
    ("site", ABSENT, "", "the key 'site' is missing"),
    ("site.key", ABSENT, "site", "the key 'key' is missing"),
    ("site.key", "my shop", "site.key", "letters, digits"),
    ("site.name", " ", "site.name", "is not a name"),
    ("site.name", 12, "site.name", "expected a text, got 12"),
    ("site.time_zone", "Europe/Pariss", "site.time_zone", "did you mean 'Europe/Paris'"),
    ("site.time_zone", "../../etc/passwd", "site.time_zone", "is not a time zone"),
    ("site.time_zone", "Europe", "site.time_zone", "is not a time zone"),
    ("site.time_zone", "", "site.time_zone", "is not a time zone"),
    ("site.currency", "EURO", "site.currency", "ISO 4217"),
    ("site.currency", "XXZ", "site.currency", "ISO 4217"),
    ("site.languages", [], "site.languages", "at least one language"),
    ("site.languages[1]", "English", "site.languages[1]", "is not a language"),
    ("site.languages[1]", "fr", "site.languages[1]", "stands at site.languages[0] already"),
    ("site.origins", "https://a.example", "site.origins", "expected a list"),
    ("site.origins[0]", "https://a.example/shop", "site.origins[0]", "is not an origin"),
    ("site.origins[0]", "https://a.example/", "site.origins[0]", "write https://a.example"),
    ("site.origins[0]", "https://A.example", "site.origins[0]", "write https://a.example"),
    ("site.origins[0]", "https://a.example:443", "site.origins[0]", "write https://a.example"),
    ("site.origins[0]", "http://a.example:99999", "site.origins[0]", "is not an origin"),
    ("site.origins[0]", "*", "site.origins[0]", "is not an origin"),
    ("site.origins[0]", "http://user@a.example", "site.origins[0]", "is not an origin"),
    ("site.origins[0]", "ftp://a.example", "site.origins[0]", "is not an origin"),
    ("site.origins[1]", "https://www.jardin.example", "site.origins[1]", "already"),
    ("site.visit_timeout", "30", "site.visit_timeout", "write a number and a unit"),
    ("site.visit_timeout", 30, "site.visit_timeout", "expected a text, got 30"),
    ("site.visit_timeout", "0s", "site.visit_timeout", "more than 0s"),
    ("site.visit_timeout", "25h", "site.visit_timeout", "24h at most"),
    ("site.between_engagements", "-1s", "site.between_engagements", "is not a duration"),
    ("site.invitations_per_visit", -1, "site.invitations_per_visit", "expected 0 to 100"),
    ("site.invitations_per_visit", True, "site.invitations_per_visit", "expected a whole number, got true"),
    ("site.language_from", "cookie", "site.language_from", "expected one of browser, ip"),
    ("site.identity_secret", "${NOBODY_SET_THIS}", "site.identity_secret", "NOBODY_SET_THIS} is not set"),
    ("site.identity_secret", "x${JARDIN_SECRET}", "site.identity_secret", "with nothing around it"),
    ("site.identity_secret", " ", "site.identity_secret", "the secret is empty"),
    ("custom_data.cart value", {"type": "number"}, "custom_data.cart value", "letters, digits"),
    ("custom_data.segment.values", ABSENT, "custom_data.segment.values", "at least one value"),
    ("custom_data.segment.values[2]", "new", "custom_data.segment.values[2]", "already"),
    ("custom_data.logged_in.values", ["yes"], "custom_data.logged_in.values", "only a choice has values"),
    ("custom_data.logged_in.type", "bool", "custom_data.logged_in.type", "expected one of boolean, choice"),
    ("users[0].email", "claire", "users[0].email", "is not an e-mail address"),
    ("users[0].email", "BEN@jardin.example", "users[1]", "stands at users[0] already"),
    ("users[1].capacity", 0, "users[1].capacity", "expected 1 to 1000"),
    ("users[1].role", "boss", "users[1].role", "expected one of admin, agent, manager"),
    ("users[1].languages[0]", "French", "users[1].languages[0]", "is not a language"),
    ("groups[1].name", "Advice", "groups[1].name", "stands at groups[0].name already"),
    ("groups[1].name", "A / B", "groups[1].name", "stands between campaign and rule"),
    ("groups[0].members[0]", "nobody@jardin.example", "groups[0].members[0]", "there is no user"),
    ("groups[0].members[1]", "BEN@jardin.example", "groups[0].members[1]", "already"),
    ("groups[0].hours.mon", ["09:00-10:00"], "groups[0].hours.mon", "did you mean 'monday'"),
    ("groups[0].hours.monday[0]", "9-12", "groups[0].hours.monday[0]", "is not a span of hours"),
    ("groups[0].hours.monday[0]", "18:00-09:00", "groups[0].hours.monday[0]", "closes before it opens"),
    ("groups[0].hours.monday[0]", "12:00-13:00", "groups[0].hours.monday", "overlap"),
    ("groups[0].hours.monday[0]", "09:00-24:30", "groups[0].hours.monday[0]", "is not a span of hours"),
    ("routing_rules[0].engagement_rules[0]", "Spring / Rose", "routing_rules[0].engagement_rules[0]", "Spring / Roses"),
    ("routing_rules[1].engagement_rules[1]", "Spring / Roses", "routing_rules[1].engagement_rules[1]", "at most one"),
    ("routing_rules[0].campaigns[0]", "Nothing", "routing_rules[0].campaigns[0]", "there is no campaign"),
    ("routing_rules[0].campaigns[0]", "Spring", "routing_rules[0].campaigns[0]", "has targeting"),
    ("routing_rules[0].groups", [], "routing_rules[0].groups", "at least one group or agent"),
    ("routing_rules[0].groups[0].group", "Advise", "routing_rules[0].groups[0].group", "did you mean 'Advice'"),
    ("routing_rules[0].groups[1].agent", "x@y.example", "routing_rules[0].groups[1].agent", "there is no user"),
    ("routing_rules[0].groups[1].group", "Advice", "routing_rules[0].groups[1]", "exactly one of the two"),
    ("routing_rules[0].groups[1].agent", ABSENT, "routing_rules[0].groups[1]", "exactly one of the two"),
    ("routing_rules[1].groups[1].group", "Orders", "routing_rules[1].groups[1]", "already"),
    ("routing_rules[1].groups[1].share", 20, "routing_rules[1].groups", "they sum to 90"),
    ("routing_rules[1].groups[1].share", ABSENT, "routing_rules[1].groups[1].share", "got nothing"),
    ("routing_rules[0].groups[0].share", 50, "routing_rules[0].groups[0].share", "only mode shares"),
    ("routing_rules[1].groups[0].overflow_after", "1m", "routing_rules[1].groups[0].overflow_after", "in_order"),
    ("routing_rules[0].groups[0].overflow_after", "1", "routing_rules[0].groups[0].overflow_after", "duration"),
    ("routing_rules[0].queue.max_wait", "soon", "routing_rules[0].queue.max_wait", "is not a duration"),
    ("routing_rules[0].queue", "long", "routing_rules[0].queue", "expected one of none, got 'long'"),
    ("templates[0].colour", "blue", "templates[0].colour", "is not a colour"),
    ("templates[0].kind", "badge", "templates[0].kind", "expected one of button, chatbox"),
    ("templates[1].name", "Round", "templates[1].name", "already"),
    ("templates[0].texts.french", {"label": "x"}, "templates[0].texts.french", "is not a language"),
    ("canned_replies[0].texts", {}, "canned_replies[0].texts", "no text to insert"),
    ("objectives[0].kpi", "contact", "objectives[0].kpi", "did you mean 'contacts'"),
    ("objectives[0].milestones", [], "objectives[0].milestones", "at least one milestone"),
    ("objectives[0].milestones[0].threshold", float("nan"), "objectives[0].milestones[0].threshold", "a number"),
    ("campaigns[1].name", "After sales", "campaigns[1].name", "stands at campaigns[0].name already"),
    ("campaigns[1].rules[1].name", "Roses", "campaigns[1].rules[1].name", "already"),
    ("campaigns[1].rules[1].name", "Full / cart", "campaigns[1].rules[1].name", "between campaign and rule"),
    ("campaigns[1].priority", -1, "campaigns[1].priority", "expected 0 to"),
    ("campaigns[1].period.first_day", "2027-02-30", "campaigns[1].period.first_day", "is not a day"),
    ("campaigns[1].period.first_day", "20270320", "campaigns[1].period.first_day", "is not a day"),
    ("campaigns[1].period.last_day", "2027-03-19", "campaigns[1].period", "before the first day"),
    ("campaigns[0].objective.custom", "Busy", "campaigns[0].objective.custom", "known: Busy month"),
    ("campaigns[1].objective.custom", "Busy month", "campaigns[1].objective", "either custom or growth"),
    ("campaigns[2].entry_point", "link", "campaigns[2].rules", "has no targeting"),
    ("campaigns[2].type", "outbound", "campaigns[2].rules", "has no targeting"),
    (f"{TIME}.value", 2, f"{TIME}.value", "2"),
    (f"{TIME}.operator", "contains", f"{TIME}.operator", "greater_than"),
    (f"{TIME}.operator", "bigger", f"{TIME}.operator", "greater_than"),
    (f"{TIME}.criterion", "time_on_pages", f"{TIME}.criterion", "time_on_page"),
    (f"{TIME}.value", {"s": 2}, f"{TIME}.value", "expected a text, a number, true or false"),
    (f"{RULE}.conditions[0].value", [], f"{RULE}.conditions[0].value", "at least one value"),
    (f"{RULE}.conditions[3]", {"criterion": "data.basket", "operator": "is_exactly", "value": True},
     f"{RULE}.conditions[3].criterion", "not declared"),
    (f"{RULE}.conditions[3]", {"criterion": "page_url", "operator": "matches_regex", "value": "(?=a)b"},
     f"{RULE}.conditions[3].value", "(?="),
    (f"{RULE}.conditions[3]", {"criterion": "time_on_page", "operator": "less_than", "value": "1s"},
     f"{RULE}.conditions", "can never hold"),
    (f"{RULE}.action.kind", "popup", f"{RULE}.action.kind", "expected one of button"),
    (f"{RULE}.action.template", "Round", f"{RULE}.action.template", "needs a template of kind chatbox"),
    (f"{RULE}.action.template", "Square", f"{RULE}.action.template", "there is no template 'Square'"),
    (f"{RULE}.action.text", {"en": "Hello"}, f"{RULE}.action.text", "a text in fr"),
    (f"{RULE}.action.text.fr", "  ", f"{RULE}.action.text", "a text in fr"),
    (f"{RULE}.action.text.fr", "x" * 4001, f"{RULE}.action.text.fr", "at most 4000 characters"),
    (f"{RULE}.action.text.fr", "a\0b", f"{RULE}.action.text.fr", "U+0000"),
    (f"{RULE}.action.text.fr", "\ud800", f"{RULE}.action.text.fr", "U+D800"),
    ("campaigns[0].rules[0].action.text", {"fr": "x"}, "campaigns[0].rules[0].action.text", "only the action message"),
    (f"{RULE}.frequency.per_visit", 0, f"{RULE}.frequency.per_visit", "expected 1 or more"),
    (f"{RULE}.frequency.every", "0d", f"{RULE}.frequency.every", "more than 0s"),
    (f"{RULE}.when_unavailable", "wait", f"{RULE}.when_unavailable", "expected one of hide, offline_form, queue"),
    ("campaigns[0].rules", None, "campaigns[0].rules", "expected a list, got nothing"),
    ("campaigns", {"name": "x"}, "campaigns", "expected a list"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "where", "part"), WRONG, ids=[f"{case[0]}={case[1]!r:.40}" for case in WRONG]
)
def test_a_wrong_document_is_refused_with_place_and_reason(place: str, value: Any, where: str, part: str) -> None:
    document, problems = read_site(garden_with(place, value), ENVIRONMENT)
    found = [problem for problem in problems if problem.severity == "error"]
    assert document is None
    assert [problem.message for problem in found if problem.place == where and part in problem.message], found


UNMET: list[tuple[str, Any, str]] = [
    ("routing_rules[0].engagement_rules", ["Spring / Full cart"], "'Spring / Roses' has no routing rule"),
    ("campaigns[1].rules", [], "active targeting rules"),
    ("campaigns[0].rules[0].enabled", False, "active targeting rules"),
    ("templates[2].kind", "offline_form", "notifications and chat box"),
    ("groups[1].members", [], "the group 'Orders' has no member"),
]


@pytest.mark.parametrize(("place", "value", "part"), UNMET, ids=[case[0] for case in UNMET])
def test_an_active_campaign_with_an_unmet_prerequisite_is_refused(place: str, value: Any, part: str) -> None:
    found = problems_of(garden_with(place, value))
    assert [problem for problem in found if "cannot be active" in problem.message and part in problem.message], found


def test_a_site_without_agents_activates_nothing() -> None:
    document = garden()
    for user in document["users"]:
        user["role"] = "manager"
    named = [problem.place for problem in problems_of(document) if "user accounts" in problem.message]
    assert named == ["campaigns[0].status", "campaigns[1].status"]


def test_a_site_to_which_nobody_can_connect_is_refused() -> None:
    document = garden_with("site.app_keys", [])
    document["site"]["origins"] = []
    assert [problem.place for problem in problems_of(document)] == ["site.origins"]


def test_a_draft_may_be_unfinished() -> None:
    document = garden()
    for campaign in document["campaigns"]:
        campaign["status"] = "draft"
    document["routing_rules"] = []
    assert problems_of(document) == []


def test_every_problem_is_named_at_once_and_in_its_own_place() -> None:
    document = garden()
    document["templates"][0] = {"kind": "badge", "name": "Round"}  # broken: those after it keep their places
    document["templates"][1]["colour"] = "green"
    document["groups"][0]["hours"] = {"monday": ["9:00-10:00"]}
    document["campaigns"][1]["rules"][0] = {"name": "Roses"}
    document["campaigns"][1]["rules"][1]["conditions"][0]["value"] = "many"
    document["users"].insert(0, "somebody")
    document["users"][3]["email"] = "zoe"
    places = [problem.place for problem in problems_of(document)]
    assert places == [
        "users[0]",
        "templates[0].kind",
        "campaigns[1].rules[0]",
        "users[3].email",
        "groups[0].hours.monday[0]",
        "groups[1].members[0]",
        "templates[1].colour",
        "campaigns[1].rules[1].conditions[0].value",
    ]


def test_what_is_broken_is_not_called_unknown_as_well() -> None:
    document = garden_with("custom_data.cart_value.type", "money")
    assert [problem.place for problem in problems_of(document)] == ["custom_data.cart_value.type"]
    document = garden_with("templates[1].kind", "popup")
    assert [problem.place for problem in problems_of(document)] == ["templates[1].kind"]


@pytest.mark.parametrize("raw", [None, 3, "shop", [], {}, {"site": None}, {"site": []}])
def test_what_is_no_document_is_refused(raw: object) -> None:
    document, problems = read_site(raw, ENVIRONMENT)
    assert document is None
    assert problems


WARNED: list[tuple[str, Any, str]] = [
    ("site.identity_secret", "open secret", "site.identity_secret"),
    ("templates[1].position", "top_left", "templates[1].position"),
    ("templates[0].format", "banner", "templates[0].format"),
    ("templates[0].texts", {"en": {"label": "x"}}, "templates[0].texts"),
    ("templates[0].texts.de", {"label": "x"}, "templates[0].texts.de"),
    ("groups[1].hours", {}, "groups[1].hours"),
    ("campaigns[0].rules[0].when_unavailable", "queue", "campaigns[0].rules[0].when_unavailable"),
]


@pytest.mark.parametrize(("place", "value", "where"), WARNED, ids=[case[0] for case in WARNED])
def test_what_has_no_effect_is_warned_of_and_may_be_applied(place: str, value: Any, where: str) -> None:
    document: Raw = garden_with(place, value)
    assert [problem.place for problem in problems_of(document, "warning")] == [where]
    assert read_site(document, ENVIRONMENT)[0] is not None


def test_spans_may_touch() -> None:
    assert problems_of(garden_with("groups[0].hours.monday", ["12:00-18:00", "09:00-12:00"])) == []


def test_names_of_the_same_thing_in_two_sections_do_not_meet() -> None:
    document = garden_with("objectives[0].name", "Advice")
    document["campaigns"][0]["objective"]["custom"] = "Advice"
    assert problems_of(document) == []


def test_thousands_of_problems_are_all_named() -> None:
    document = garden_with("routing_rules[0].engagement_rules", [f"Winter / {number}" for number in range(5_000)])
    unknown = [problem for problem in problems_of(document) if "there is no engagement rule" in problem.message]
    assert len(unknown) == 5_000
