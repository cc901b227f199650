"""The table at the end: one `label: number` a line."""

from router.replay.access_log import Traffic
from router.replay.figures import Figures, progress_line, quantile, table


def test_the_table_has_one_label_and_number_a_line() -> None:
    figures = Figures(traffic=Traffic([], crawlers=3, unreadable=1), rule_names={"r1": "Welcome / Everywhere"})
    figures.page_events = 12
    figures.offers["r1", "button"] += 5
    figures.offers["r2", "message"] += 7
    figures.event_to_offer.extend(number / 1000 for number in range(1, 101))
    figures.saw_conversation("c1")
    figures.saw_conversation("c1", "queued")
    figures.saw_conversation("c1", "assigned")
    figures.saw_conversation("c1", "assigned")
    figures.errors["visitor retry"] += 2
    lines = dict(line.rsplit(": ", 1) for line in table(figures, {"missed absent": 4}))
    assert lines["page events"] == "12"
    assert lines["crawlers skipped"] == "3"
    assert lines["offers"] == "12"
    assert lines["offers, button, Welcome / Everywhere"] == "5"
    assert lines["offers, message, r2"] == "7"
    assert lines["conversations"] == lines["assigned"] == lines["waiting"] == "1"
    assert lines["missed absent"] == "4"
    assert lines["event-to-offer p50 ms"] == "51.00"
    assert lines["event-to-offer p99 ms"] == "100.00"
    assert lines["first response p50 s"] == "-"
    assert lines["errors"] == lines["errors, visitor retry"] == "2"


def test_quantiles_are_samples() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3.0], 0.99) == 3.0
    assert quantile([2.0, 1.0, 3.0], 0.5) == 2.0


def test_progress_is_one_line() -> None:
    assert progress_line(Figures(traffic=Traffic([]))).startswith("0 of 0 visits, 0 page events")
