"""What the engine asks of the outside, each with its promises: order, loss, atomicity.

An implementation raises `StoreUnavailable` when it cannot tell whether a change was made or cannot make it; nothing is
ever acknowledged before it is stored.
"""

from router.ports.conversations import Conversations, NewConversation, Said
from router.ports.errors import Refused, StoreUnavailable
from router.ports.facts import Facts
from router.ports.news import (
    Alert,
    Bus,
    ConfigurationChanged,
    ConversationChanged,
    Listener,
    MessageStored,
    News,
    Passing,
    PresenceChanged,
    WaitingChanged,
)
from router.ports.people import Accounts, Membership, OneTimeTickets, Person
from router.ports.places import Devices, Place, Places
from router.ports.presence import Presence, Renewal
from router.ports.sites import Configurations, Sites, StoredSite
from router.ports.visits import VisitorHistory, Visits

__all__ = [
    "Accounts",
    "Alert",
    "Bus",
    "ConfigurationChanged",
    "Configurations",
    "ConversationChanged",
    "Conversations",
    "Devices",
    "Facts",
    "Listener",
    "Membership",
    "MessageStored",
    "NewConversation",
    "News",
    "OneTimeTickets",
    "Passing",
    "Person",
    "Place",
    "Places",
    "Presence",
    "PresenceChanged",
    "Refused",
    "Renewal",
    "Said",
    "Sites",
    "StoreUnavailable",
    "StoredSite",
    "VisitorHistory",
    "Visits",
    "WaitingChanged",
]
