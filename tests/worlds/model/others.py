"""The ports beside conversations and presence: histories, facts of visits, tickets, and what needs no store."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from router.core.visitors.device import DeviceType, Hints
from router.core.vocabulary.ids import AgentId, SiteId, VisitId, VisitorId
from router.ports import Place, SessionName, Ticket, VisitorHistory
from tests.worlds.model.store import StoreModel


class VisitsModel:
    """`ports.Visits`."""

    def __init__(self) -> None:
        self._histories: dict[tuple[SiteId, VisitorId], tuple[VisitorHistory, VisitId]] = {}
        self._snapshots: dict[tuple[SiteId, VisitId], bytes] = {}
        self._transactions: dict[tuple[SiteId, str], None] = {}

    def history(self, site: SiteId, visitor: VisitorId) -> tuple[VisitorHistory | None, bytes | None]:
        """The visitor's history and the snapshot of the latest visit."""
        known = self._histories.get((site, visitor))
        return (None, None) if known is None else (known[0], self._snapshots.get((site, known[1])))

    def save(self, site: SiteId, saved: Sequence[tuple[VisitorId, VisitId, VisitorHistory, bytes]]) -> None:
        """Store histories and snapshots of many visits."""
        for visitor, visit, history, snapshot in saved:
            self._histories[site, visitor] = (history, visit)
            self._snapshots[site, visit] = snapshot

    def forget(self, site: SiteId, visitor: VisitorId, visit: VisitId) -> None:
        """Delete the history of a visitor and the snapshot of her visit."""
        self._histories.pop((site, visitor), None)
        self._snapshots.pop((site, visit), None)

    def is_new_transaction(self, site: SiteId, transaction: str) -> bool:
        """Note the shop's id of an order; False when it was noted before."""
        is_new = (site, transaction) not in self._transactions
        self._transactions[site, transaction] = None
        return is_new

    def snapshot(self, site: SiteId, visit: VisitId) -> bytes | None:
        """The snapshot of a visit by its id."""
        return self._snapshots.get((site, visit))


class FactsModel:
    """`ports.Facts`, as far as the engine writes."""

    def __init__(self, store: StoreModel) -> None:
        self._store = store

    def append(self, site: SiteId, batch: bytes) -> None:
        """Store one batch of facts of visits."""
        facts: list[dict[str, Any]] = msgspec.json.decode(batch)
        self._store.tables(site).facts += facts

    def is_full(self, site: SiteId) -> bool:
        """Never: everything is kept."""
        return False


class TicketsModel:
    """`ports.OneTimeTickets`."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._tickets: dict[str, Ticket] = {}

    def issue(self, site: SiteId, agent: AgentId, session: SessionName | None = None) -> str:
        """A fresh ticket."""
        ticket = f"ticket-{self._dice.getrandbits(64):x}"
        self._tickets[ticket] = Ticket(site, agent, session)
        return ticket

    def redeem(self, ticket: str) -> Ticket | None:
        """Whom the ticket is for; None when it is unknown or used."""
        return self._tickets.pop(ticket, None)


class NoPlaces:
    """`ports.Places` that knows no address."""

    def place_of(self, address: str) -> Place:
        """Nowhere."""
        return Place()


class NoDevices:
    """`ports.Devices` that knows no user agent."""

    def device_type(self, user_agent: str, hints: Hints = Hints()) -> DeviceType | None:  # noqa: B008 - frozen
        """Unknown."""
        return None
