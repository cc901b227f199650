"""Conversations in the shared store: each method is one script, so one atomic change with its facts and news."""

from collections.abc import Mapping, Sequence

import msgspec

from router.backends.redis.scripts import Scripts
from router.core.conversations.conversation import Conversation, Message, ReceiptKind, Sender
from router.core.routing.plan import RoutingPlan
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId, SiteId, VisitorId
from router.ports import NewConversation, Said


class _Opened(msgspec.Struct):
    conversation: Conversation
    said: Said


_opened = msgspec.json.Decoder(_Opened)
_conversation = msgspec.json.Decoder(Conversation)
_message = msgspec.json.Decoder(Message)
_said = msgspec.json.Decoder(Said)


class RedisConversations:
    """`ports.Conversations` on Redis or Valkey."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def open(self, site: SiteId, new: NewConversation) -> tuple[Conversation, Said]:
        """Store the first message, then assign, queue or send offline, as the plan says (R4, R5, R7)."""
        opened = _opened.decode(await self._scripts.run("open", site, new))
        return opened.conversation, opened.said

    async def say(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        sender: Sender,
        sender_id: str,
        client_msg_id: str,
        text: str,
        name: str | None = None,
        note: bool = False,
    ) -> Said:
        """Store one message; Refused: not_found, closed, forbidden."""
        request = {
            "conversation": conversation,
            "sender": sender,
            "sender_id": sender_id,
            "client_msg_id": client_msg_id,
            "text": text,
            "name": name,
            "note": note,
        }
        return _said.decode(await self._scripts.run("say", site, request))

    async def close(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        by: str,
        version: int | None,
        outcome: str | None,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
        plan: RoutingPlan | None,
    ) -> Conversation:
        """End it and give the freed place to the longest waiting (R4); Refused: conflict, not_found."""
        request = {
            "conversation": conversation,
            "by": by,
            "version": version,
            "outcome": outcome,
            "agent_groups": agent_groups,
            "plan": plan,
        }
        return _conversation.decode(await self._scripts.run("close", site, request))

    async def transfer(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        by: AgentId,
        holds: bool,
        version: int,
        agent: AgentId | None,
        group: GroupId | None,
        plan: RoutingPlan | None,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Hand it to an agent or a group (R9); Refused: not_found, closed, conflict, forbidden, not_available."""
        request = {
            "conversation": conversation,
            "by": by,
            "holds": holds,
            "version": version,
            "agent": agent,
            "group": group,
            "plan": plan,
            "agent_groups": agent_groups,
        }
        return _conversation.decode(await self._scripts.run("transfer", site, request))

    async def take(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId,
        version: int,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Give it to a manager who takes it over (R9); Refused: not_found, closed, conflict, full."""
        request = {"conversation": conversation, "agent": agent, "version": version, "agent_groups": agent_groups}
        return _conversation.decode(await self._scripts.run("take", site, request))

    async def reopen(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        visitor: VisitorId,
        client_msg_id: str,
        text: str,
        name: str | None,
        plan: RoutingPlan,
        card: bytes,
    ) -> tuple[Conversation, Said]:
        """Go on with a closed conversation to which its visitor writes (R9); Refused: not_found, closed."""
        request = {
            "conversation": conversation,
            "visitor": visitor,
            "client_msg_id": client_msg_id,
            "text": text,
            "name": name,
            "plan": plan,
            "card": card,
        }
        opened = _opened.decode(await self._scripts.run("reopen", site, request))
        return opened.conversation, opened.said

    async def rate(
        self, site: SiteId, conversation: ConversationId, *, visitor: VisitorId, score: int, comment: str | None
    ) -> None:
        """Record how content the visitor is; only the first score counts (K1); Refused: not_found."""
        request = {"conversation": conversation, "visitor": visitor, "score": score, "comment": comment}
        await self._scripts.run("rate", site, request)

    async def note_receipt(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId | None,
        what: ReceiptKind,
        seq: int,
        source: str,
    ) -> None:
        """Note how far the visitor, or the agent who holds it, has received or read it; never backwards."""
        request = {"conversation": conversation, "agent": agent, "what": what, "seq": seq, "source": source}
        await self._scripts.run("note_receipt", site, request)

    async def note_visitor(
        self, site: SiteId, conversation: ConversationId, *, here: bool, worker: str, card: bytes | None = None
    ) -> None:
        """Note that a visitor came to, or left, the process that owns her visit, or viewed a page there."""
        request = {"conversation": conversation, "here": here, "worker": worker, "card": card}
        await self._scripts.run("note_visitor", site, request)

    async def load(
        self, site: SiteId, conversation: ConversationId, *, after: int = 0, limit: int = 200
    ) -> tuple[Conversation, list[Message]]:
        """The conversation and its last messages with a greater seq, in order; Refused: not_found."""
        request = {"conversation": conversation, "after": after, "limit": limit}
        found, *messages = await self._scripts.run("load", site, request)
        return _conversation.decode(found), [_message.decode(message) for message in messages]

    async def open_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation that the visitor has open, if any."""
        held = await self._scripts.run("holding", site, {"visitor": visitor})
        return _conversation.decode(held[0]) if held else None

    async def last_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation of the visitor that was closed last, while it can be reopened."""
        closed = await self._scripts.run("holding", site, {"closed_of": visitor})
        return _conversation.decode(closed[0]) if closed else None

    async def open_of_agent(self, site: SiteId, agent: AgentId) -> list[Conversation]:
        """The conversations that the agent holds, idle ones included, the oldest first."""
        return [_conversation.decode(held) for held in await self._scripts.run("holding", site, {"agent": agent})]

    async def open_of_site(self, site: SiteId) -> list[Conversation]:
        """Every conversation that is open, the oldest first."""
        return [_conversation.decode(each) for each in await self._scripts.run("holding", site, {"whole_site": True})]

    async def due(self, site: SiteId) -> list[Conversation]:
        """Conversations at which something is to be looked at now, by the store's clock.

        Agents whose leases ran out without a goodbye, and inactive ones, are found on the same occasion.
        """
        return [_conversation.decode(due) for due in await self._scripts.run("due", site, {})]

    async def settle(
        self,
        site: SiteId,
        conversation: ConversationId,
        plan: RoutingPlan | None,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Do what is due in it; any number of processes may at once; Refused: not_found."""
        request = {"conversation": conversation, "plan": plan, "agent_groups": agent_groups}
        return _conversation.decode(await self._scripts.run("settle", site, request))
