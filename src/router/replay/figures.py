"""What a replay counts, as a client sees it, and the table at its end: one `label: number` a line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from router.replay.access_log import Traffic


class Figures(msgspec.Struct, kw_only=True):
    """Counts of one replay; times are in seconds. A conversation is counted once in each state it was seen in."""

    traffic: Traffic
    page_events: int = 0
    visits_done: int = 0
    offers: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """By rule id and action."""
    rule_names: dict[str, str] = {}
    shown: int = 0
    withdrawn: int = 0
    dismissed: int = 0
    engaged: int = 0
    offline_forms: int = 0
    messages: int = 0
    rated: int = 0
    conversations: dict[str, set[str]] = {}
    """The states in which each conversation was seen, by its id."""
    first_response: list[float] = []
    event_to_offer: list[float] = []
    """Only of offers that answer a page event at once: those that time brings about have no event to count from."""
    errors: Counter[str] = msgspec.field(default_factory=Counter)

    def saw_conversation(self, conversation: str, state: str | None = None) -> None:
        """Note that a conversation exists, and the state that the visitor was told."""
        states = self.conversations.setdefault(conversation, set())
        if state is not None:
            states.add(state)

    def conversations_seen(self, state: str) -> int:
        """How many conversations were ever seen in this state."""
        return sum(state in states for states in self.conversations.values())


def quantile(samples: Sequence[float], part: float) -> float | None:
    """The sample below which that part of all lies (nearest rank); None without samples."""
    if not samples:
        return None
    return sorted(samples)[min(int(part * len(samples)), len(samples) - 1)]


def progress_line(figures: Figures) -> str:
    """How far it is, in one line."""
    return (
        f"{figures.visits_done} of {len(figures.traffic.visits)} visits, {figures.page_events} page events, "
        f"{figures.offers.total()} offers, {figures.engaged} engaged, "
        f"{figures.conversations_seen('assigned')} assigned, {figures.errors.total()} errors"
    )


def table(figures: Figures, missed: Mapping[str, int]) -> list[str]:
    """The lines of the final table; `missed` are counts that only the server can know, by label."""
    return [f"{label}: {_number(value)}" for label, value in _rows(figures, missed)]


def _rows(figures: Figures, missed: Mapping[str, int]) -> Iterator[tuple[str, float | None]]:
    traffic = figures.traffic
    yield "page events", figures.page_events
    yield "visits", figures.visits_done
    yield "crawlers skipped", traffic.crawlers
    yield "other requests skipped", traffic.other_requests
    yield "unreadable lines skipped", traffic.unreadable
    yield "offers", figures.offers.total()
    named = {(figures.rule_names.get(rule, rule), action): count for (rule, action), count in figures.offers.items()}
    for (rule, action), count in sorted(named.items(), key=lambda row: (-row[1], row[0])):
        yield f"offers, {action}, {rule}", count
    yield "shown", figures.shown
    yield "withdrawn", figures.withdrawn
    yield "dismissed", figures.dismissed
    yield "engaged", figures.engaged
    yield "conversations", len(figures.conversations)
    yield "assigned", figures.conversations_seen("assigned")
    yield "waiting", figures.conversations_seen("queued")
    yield "offline", figures.conversations_seen("offline")
    yield "offline forms", figures.offline_forms
    yield "messages", figures.messages
    yield "rated", figures.rated
    yield from missed.items()
    for label, samples, per_second in (
        ("first response {} s", figures.first_response, 1),
        ("event-to-offer {} ms", figures.event_to_offer, 1000),
    ):
        for name, part in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            value = quantile(samples, part)
            yield label.format(name), value * per_second if value is not None else None
    yield "errors", figures.errors.total()
    for code, count in sorted(figures.errors.items()):
        yield f"errors, {code}", count


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
