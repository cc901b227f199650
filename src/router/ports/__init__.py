"""What the engine asks of the outside, each with its promises: order, loss, atomicity.

An implementation raises `StoreUnavailable` when it cannot tell whether a change was made or cannot make it; nothing is
ever acknowledged before it is stored.
"""

from router.ports.conversations import Conversations, NewConversation, Said
from router.ports.earlier import ConversationRecord, EarlierConversations
from router.ports.errors import Refused, StoreUnavailable
from router.ports.facts import Facts
from router.ports.news import (
    Alert,
    Bus,
    ConfigurationChanged,
    ConversationChanged,
    ConversationRated,
    Hint,
    Listener,
    MessageStored,
    Movement,
    News,
    PresenceChanged,
    Receipt,
    Typing,
    VisitorMoved,
    WaitingChanged,
    Watched,
)
from router.ports.people import (
    SESSION_IDLE,
    SESSION_LASTS,
    Accounts,
    Attempts,
    Membership,
    OneTimeTickets,
    Person,
    Session,
    SessionName,
    Sessions,
    Ticket,
)
from router.ports.places import Devices, Place, Places
from router.ports.presence import Presence, Renewal
from router.ports.sites import Configurations, Sites, StoredSite
from router.ports.visits import VisitorHistory, Visits
from router.ports.workers import Roll, Workers

__all__ = [
    "SESSION_IDLE",
    "SESSION_LASTS",
    "Accounts",
    "Alert",
    "Attempts",
    "Bus",
    "ConfigurationChanged",
    "Configurations",
    "ConversationChanged",
    "ConversationRated",
    "ConversationRecord",
    "Conversations",
    "Devices",
    "EarlierConversations",
    "Facts",
    "Hint",
    "Listener",
    "Membership",
    "MessageStored",
    "Movement",
    "NewConversation",
    "News",
    "OneTimeTickets",
    "Person",
    "Place",
    "Places",
    "Presence",
    "PresenceChanged",
    "Receipt",
    "Refused",
    "Renewal",
    "Roll",
    "Said",
    "Session",
    "SessionName",
    "Sessions",
    "Sites",
    "StoreUnavailable",
    "StoredSite",
    "Ticket",
    "Typing",
    "VisitorHistory",
    "VisitorMoved",
    "Visits",
    "WaitingChanged",
    "Watched",
    "Workers",
]
