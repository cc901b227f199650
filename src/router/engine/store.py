"""The ports that the engine works with, together."""

from dataclasses import dataclass

from router.ports import Bus, Conversations, Facts, OneTimeTickets, Places, Presence, Visits, Workers


@dataclass(frozen=True, slots=True)
class Store:
    """The shared store and the place database, one adapter a port."""

    conversations: Conversations
    presence: Presence
    visits: Visits
    facts: Facts
    bus: Bus
    workers: Workers
    tickets: OneTimeTickets
    places: Places
