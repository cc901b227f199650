"""Names of everything in the store. `{site}` is the hash tag, so that what belongs to a site shares a cluster slot.

    {site}:conversation:<id>    hash     a conversation, its card in base64, and the store's own notes on its wait
    {site}:messages:<id>        list     its messages as JSON; the seq of a message is its place, from 1
    {site}:said:<sender>:...    string   "seq conversation" of a message by its client_msg_id, for a day
    {site}:visitor_open:<id>    string   the conversation that a visitor has open
    {site}:visitor_last:<id>    string   the one that was closed last, while it can be reopened
    {site}:earlier:<visitor>    zset     the last 100 that ended of a visitor with a history, by when; as long as that
    {site}:met:<visitor>        set      agents who have written to such a visitor; as long as that
    {site}:served_by:<worker>   set      open conversations whose visitor's visit is owned by a process
    {site}:waiting:<group>      zset     the waiting line of a group: score priority, or -1 at the head; member
                                         "waiting_since:conversation"
    {site}:preferring:<agent>   set      waiting conversations that the agent had before
    {site}:due                  zset     open conversations by the instant at which they are looked at again
    {site}:asked_at             string   when it was asked last what is due
    {site}:judged_from          string   when leases and waits are looked at again, after nobody could ask for a while
    {site}:agents               set      every agent who has ever been there
    {site}:agent:<id>           hash     status, capacity, chosen_capacity, free_since, bot ("1"), misses (in a row),
                                         away_because, away_at, lost_at (since when no socket lives)
    {site}:devices:<agent>      zset     sockets of an agent by the end of their lease
    {site}:leases               zset     agents by the end of their longest lease
    {site}:inactive_at          zset     people by the instant at which they are away without a sign of life
    {site}:holding:<agent>      set      the conversations that take a place of an agent: its size is the load
    {site}:idle:<agent>         set      those that she holds besides, because neither side writes any more
    {site}:shares:<rule>:<day>  hash     assignments of a local day by group
    {site}:visitor:<id>         hash     history of a visitor: seen, latest_visit, conversations_closed
    {site}:visit:<id>           string   snapshot of a visit, for a day
    {site}:transaction:<id>     string   an order that was recorded, for 30 days
    {site}:facts                stream   batches of facts, each a JSON array
    {site}:news                 channel  what changed, for every process
    {site}:news_kept            stream   the same, for whoever missed it
    {site}:news_last            string   the last entry of that stream
    {site}:generation           string   since when the store knows what it knows, in hexadecimal ms
    {site}:workers              zset     the processes of a site by the end of their lease; 0 is retired
    {site}:dying                zset     dead processes that are to be buried, and when they are looked at again
    {site}:owner:<visitor>      string   the process that owns the visit of a visitor
    {router}:worker:<id>        channel  letters to a process
    ticket:<secret>             string   whom a one-time ticket is for, for a minute
    session:<digest>            string   who logged in with which password, and when that ends, by SHA-256 of the token
    attempts:<which>/<whom>/... string   how often passwords were tried, for 10 minutes

The scripts make the same names with `key` of `lua/prelude/record.lua`.
"""

from router.core.vocabulary.ids import SiteId

ALL_NEWS = "{*}:news"
"""Pattern of the news channels of all sites."""

ATTEMPTS = "attempts"
"""How the counters of tried passwords begin; whose they are has no site."""


def hash_tag(site: SiteId) -> str:
    """The part of a key by which a cluster chooses the slot."""
    return f"{{{site}}}"


def key(site: SiteId, kind: str, name: str = "") -> str:
    """The key of one thing of a site."""
    return f"{hash_tag(site)}:{kind}:{name}" if name else f"{hash_tag(site)}:{kind}"


def site_of(channel: str) -> SiteId:
    """The site whose news a channel carries."""
    return SiteId(channel.removeprefix("{").removesuffix("}:news"))


def worker_channel(worker: str) -> str:
    """The channel of the letters to a process."""
    return f"{{router}}:worker:{worker}"


def ticket_key(secret: str) -> str:
    """The key of a one-time ticket. Whoever redeems it does not know the site yet, so it has no hash tag."""
    return f"ticket:{secret}"


def session_key(name: str) -> str:
    """The key of a session. Who logged in may belong to several sites, so it has no hash tag."""
    return f"session:{name}"
