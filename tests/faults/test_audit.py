"""The audit waits for what is on its way, and for nothing else: what never comes is found."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import cast

import pytest

from benchmarks.faults import audit
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Ledger, Verdict


class Readings:
    """Of a cluster, a store of which each reading shows what was said of it."""

    def __init__(self, *shown: Callable[[], dict[str, list[str]]]) -> None:
        self._shown = list(shown)
        self.store = self
        self.site_id = "shop"

    def client(self) -> nullcontext[None]:
        return nullcontext()

    async def texts(self, redis: object, site: object) -> dict[str, list[str]]:
        return self._shown.pop(0)() if len(self._shown) > 1 else self._shown[0]()


async def audited(monkeypatch: pytest.MonkeyPatch, readings: Readings, ledger: Ledger) -> Verdict:
    monkeypatch.setattr(audit, "stored_texts", readings.texts)
    return await audit.audit(cast("Cluster", readings), ledger, [], [])


async def test_what_is_acknowledged_while_the_store_is_read_is_looked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = Ledger()
    text = ledger.write("ana")

    def too_early() -> dict[str, list[str]]:
        ledger.acknowledge(text, "c", 1)
        return {}

    verdict = await audited(monkeypatch, Readings(too_early, lambda: {"c": [text]}), ledger)
    assert (verdict.acknowledged, verdict.false_acknowledgements) == (1, 0)


async def test_what_is_acknowledged_and_never_stored_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CATCHES_UP_WITHIN_S", 0.5)
    ledger = Ledger()
    ledger.acknowledge(ledger.write("ana"), "c", 1)
    verdict = await audited(monkeypatch, Readings(dict), ledger)
    assert verdict.false_acknowledgements == 1


async def test_senders_who_still_have_much_to_say_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CATCHES_UP_WITHIN_S", 0.1)  # less than between two looks
    ledger = Ledger()
    texts = [ledger.write("ana") for _ in range(4)]

    def one_more() -> dict[str, list[str]]:
        said = len(ledger.acknowledged)
        ledger.acknowledge(texts[said], "c", said + 1)
        return {"c": texts[: said + 1]}

    verdict = await audited(monkeypatch, Readings(*[one_more] * 4, lambda: {"c": texts}), ledger)
    assert (verdict.unanswered, verdict.false_acknowledgements) == (0, 0)
