"""Names of everything in the store. `{site}` is the hash tag, so that what belongs to a site shares a cluster slot.

    {site}:conversation:<id>    hash     a conversation, its card in base64, and the store's own notes on its wait
    {site}:messages:<id>        list     its messages as JSON; the seq of a message is its place, from 1
    {site}:said:<sender>:...    string   "seq conversation" of a message by its client_msg_id, for a day
    {site}:visitor_open:<id>    string   the conversation that a visitor has open
    {site}:waiting:<group>      zset     the waiting line of a group: score priority, member "opened_at:conversation"
    {site}:due                  zset     waiting conversations by the instant at which they are looked at again
    {site}:agents               set      every agent who has ever been there
    {site}:agent:<id>           hash     status, capacity, chosen_capacity, free_since
    {site}:devices:<agent>      zset     sockets of an agent by the end of their lease
    {site}:leases               zset     agents by the end of their longest lease
    {site}:holding:<agent>      set      the conversations that an agent holds: its size is the load
    {site}:shares:<rule>:<day>  hash     assignments of a local day by group
    {site}:visitor:<id>         hash     history of a visitor: seen, latest_visit, conversations_closed
    {site}:visit:<id>           string   snapshot of a visit, for a day
    {site}:transaction:<id>     string   an order that was recorded, for 30 days
    {site}:facts                stream   batches of facts, each a JSON array
    {site}:news                 channel  what changed, for every process
    {site}:news_kept            stream   the same, for whoever missed it
    {site}:news_last            string   the last entry of that stream
    {site}:generation           string   since when the store knows what it knows, in hexadecimal ms
    ticket:<secret>             string   whom a one-time ticket is for, for a minute

The scripts make the same names with `key` of `lua/prelude/record.lua`.
"""

from router.core.vocabulary.ids import SiteId

ALL_NEWS = "{*}:news"
"""Pattern of the news channels of all sites."""


def hash_tag(site: SiteId) -> str:
    """The part of a key by which a cluster chooses the slot."""
    return f"{{{site}}}"


def key(site: SiteId, kind: str, name: str = "") -> str:
    """The key of one thing of a site."""
    return f"{hash_tag(site)}:{kind}:{name}" if name else f"{hash_tag(site)}:{kind}"


def site_of(channel: str) -> SiteId:
    """The site whose news a channel carries."""
    return SiteId(channel.removeprefix("{").removesuffix("}:news"))


def ticket_key(secret: str) -> str:
    """The key of a one-time ticket. Whoever redeems it does not know the site yet, so it has no hash tag."""
    return f"ticket:{secret}"
