"""Explanations: every gate with what it expects and what is the case, and the outcome that `decide` comes to."""

from router.core.engagement.gate_explanation import RuleExplanation
from router.core.engagement.naive import Verdict
from router.core.engagement.rule import EngagementRule
from router.core.vocabulary.values import DAY, Instant, format_instant
from tests.core.engagement.visiting import LONG, START, Stay, after, on, rule

GATES = [
    "campaign_active",
    "rule_enabled",
    "conditions",
    "no_routing",
    "conversation_open",
    "already_shown",
    "first_message_won",
    "frequency_cap",
    "holdout",
    "availability",
    "outranked",
]


def explain(
    stay: Stay, *switched_off: EngagementRule, tab: str = "a", status: str = "active"
) -> dict[str, RuleExplanation]:
    """Explanations by the name of the rule."""
    return {one.name: one for one in stay.explain(tab, switched_off=switched_off, status=status)}


def outcomes(stay: Stay, tab: str = "a") -> list[str]:
    return [one.outcome for one in explain(stay, tab=tab).values()]


def gate(told: RuleExplanation, name: str) -> tuple[str, str, Verdict]:
    found = next(one for one in told.gates if one.gate == name)
    return found.expected, found.actual, found.verdict


def test_every_gate_is_told_in_order() -> None:
    stay = Stay(rule("help"), rule("low"), rule("elsewhere", "button", on("/x"), after("2s")))
    stay.page("/")
    told = explain(stay)
    assert [one.gate for one in told["help"].gates] == GATES
    assert all(one.verdict is Verdict.TRUE for one in told["help"].gates)
    assert gate(told["elsewhere"], "conditions") == ("all hold", "page_url, time_on_page do not", Verdict.FALSE)
    assert gate(told["low"], "outranked") == ("first in order", "help goes first", Verdict.FALSE)
    assert outcomes(stay) == ["shown", "outranked", "conditions"]


def test_what_is_switched_off_has_no_later_gates() -> None:
    stay = Stay(rule("help"))
    stay.page("/")
    off = rule("off")
    told = explain(stay, off)
    assert [one.verdict for one in told["off"].gates] == [Verdict.TRUE, Verdict.FALSE, Verdict.TRUE] + [
        Verdict.UNKNOWN
    ] * 8
    assert [one.gate for one in told["off"].gates] == GATES
    assert told["off"].outcome == "rule_enabled"
    assert told["help"].outcome == "shown"


def test_a_suspended_campaign_is_named_by_its_status() -> None:
    stay = Stay()
    stay.page("/")
    off = rule("off")
    told = explain(stay, off, status="suspended")["off"]
    assert gate(told, "campaign_active") == ("active", "suspended", Verdict.FALSE)
    assert told.outcome == "campaign_active"


def test_no_routing() -> None:
    stay = Stay(rule("help"), rule("low"), unrouted="help")
    stay.page("/")
    told = explain(stay)
    assert gate(told["help"], "no_routing") == ("a routing rule takes it", "none does", Verdict.FALSE)
    assert gate(told["low"], "outranked") == ("first in order", "first", Verdict.TRUE)
    assert outcomes(stay) == ["no_routing", "shown"]


def test_conversation_open() -> None:
    stay = Stay(rule("help"))
    stay.page("/")
    stay.open_conversation()
    assert gate(explain(stay)["help"], "conversation_open") == ("none", "c", Verdict.FALSE)
    assert outcomes(stay) == ["conversation_open"]


def test_what_stays_on_screen_is_shown_and_outranks_all_others() -> None:
    stay = Stay(rule("high", "button", after("1s")), rule("invite", "invitation"), rule("low"))
    stay.page("/")
    stay.display()
    stay.wait("2s")
    stay.agents(invite="absent")
    assert outcomes(stay) == ["outranked", "shown", "outranked"]


def test_closed_by_the_visitor() -> None:
    stay = Stay(rule("help"))
    stay.page("/")
    stay.dismiss()
    expected = ("not shown or closed in this visit", "closed by the visitor", Verdict.FALSE)
    assert gate(explain(stay)["help"], "already_shown") == expected


def test_invitations_shown_and_on_their_way() -> None:
    stay = Stay(rule("one", "invitation", on("/one")), rule("two", "invitation", on("/two")))
    stay.page("/one", "a")
    stay.page("/two", "b")
    told = explain(stay, tab="b")["two"]
    assert gate(told, "already_shown")[1] == "0 of 1 invitations shown, 1 sent to other tabs"
    stay.display("a")
    assert gate(explain(stay, tab="b")["two"], "already_shown")[1] == "1 of 1 invitations shown, 0 sent to other tabs"
    assert outcomes(stay, "b") == ["conditions", "already_shown"]
    stay.page("/one", "a")
    assert gate(explain(stay)["one"], "already_shown")[1] == "shown before"


def test_messages_shown_and_on_their_way() -> None:
    stay = Stay(rule("one", "message"), rule("two", "message"))
    stay.page("/", "a")
    stay.page("/", "b")
    assert gate(explain(stay, tab="b")["two"], "first_message_won")[1] == "one was sent to another tab"
    stay.display("a")
    assert gate(explain(stay, tab="b")["two"], "first_message_won")[1] == "one was shown"
    assert outcomes(stay, "b") == ["already_shown", "first_message_won"]


def test_frequency_caps_say_until_when() -> None:
    stay = Stay(rule("weekly", "button", on("/a"), every="7d"), rule("once", "button", on("/b"), per_visit=1))
    for page in ("/a", "/b"):
        stay.page(page)
        stay.display()
    stay.page("/")
    told = explain(stay)
    assert gate(told["weekly"], "frequency_cap")[1] == f"again from {format_instant(Instant(START + 7 * DAY))}"
    assert gate(told["once"], "frequency_cap")[1] == "reached for this visit"


def test_the_delay_between_two_engagements_says_until_when() -> None:
    stay = Stay(rule("one", "button", on("/one")), rule("two", "button", on("/two")), between="60s")
    stay.page("/one")
    stay.page("/two")
    told = explain(stay)["two"]
    assert gate(told, "frequency_cap")[1] == f"again from {format_instant(Instant(START + 60_000))}"
    assert told.outcome == "frequency_cap"


def test_availability() -> None:
    stay = Stay(rule("one"), rule("two", unavailable="queue"), rule("three", unavailable="offline_form"))
    stay.agents(one="absent", two="busy", three="busy")
    stay.page("/")
    told = explain(stay)
    assert gate(told["one"], "availability") == ("an agent with a free place", "absent", Verdict.FALSE)
    assert gate(told["two"], "availability") == ("an agent online", "busy", Verdict.TRUE)
    assert outcomes(stay) == ["availability", "shown", "availability"]
    stay.agents(one="absent", two="absent", three="absent")
    assert gate(explain(stay)["three"], "availability")[1:] == ("absent: offline form", Verdict.TRUE)
    assert outcomes(stay) == ["availability", "availability", "shown"]


def test_what_no_tab_was_judged_for_yet_is_offered_next() -> None:
    stay = Stay(rule("help"), rule("low"))
    stay.page("/")
    stay.detach()
    assert outcomes(stay) == ["offered next", "outranked"]


def test_a_visit_that_is_over() -> None:
    stay = Stay(rule("help", "button", after("1h")))
    stay.page("/")
    stay.wait(LONG)
    assert outcomes(stay) == ["visit over"]
