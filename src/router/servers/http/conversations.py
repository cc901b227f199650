"""`/api/v1/conversations`: the conversations of a visitor, and one with its messages, for those who may look."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.core.vocabulary.ids import ConversationId, VisitorId
from router.core.vocabulary.values import Instant, format_instant
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.engine.views import conversation_for_agent, group_of, rule_and_campaign
from router.ports import ConversationRecord, EarlierConversations, Person, Refused
from router.protocol.agent import Named
from router.protocol.conversations import ConversationDetail, ConversationList, ConversationSummary
from router.servers.http.answers import Problem, json_answer, role_in, site_of
from router.servers.http.who_asks import WhoAsks

PAGE = 20
"""Conversations that ended, in one answer."""

CURSOR_DIGITS = 15
"""A cursor is an instant in milliseconds."""


class ConversationResource:
    """The resource: managers see every conversation of the site, agents those of visitors whom they have met."""

    def __init__(self, node: Node, earlier: EarlierConversations, who_asks: WhoAsks) -> None:
        self._node = node
        self._earlier = earlier
        self._who_asks = who_asks

    async def list(self, request: Request) -> Response:
        """The conversations of a visitor, the latest first."""
        person = await self._who_asks(request)
        query = request.query_params
        live = site_of(self._node, person, query.get("site"))
        if "visitor" not in query:
            raise Problem(422, "name the visitor", [("visitor", "needed: the id on her card")])
        visitor, before = VisitorId(query["visitor"]), _instant_of(query.get("cursor"))
        if not await self._may_see(person, live, visitor):
            raise Problem(404, "there is no such visitor", [("visitor", "unknown")])
        found = await self._earlier.of_visitor(live.site.id, visitor, before=before, limit=PAGE + 1)
        ended = [record for record in found if record.ended_at is not None]
        cursor = None
        if len(ended) > PAGE:
            found, cursor = found[:-1], str(ended[-2].ended_at)
        return json_answer(ConversationList(items=[_summary(live, record) for record in found], next=cursor))

    async def show(self, request: Request) -> Response:
        """One conversation with its last messages."""
        person = await self._who_asks(request)
        live = site_of(self._node, person, request.query_params.get("site"))
        unknown = Problem(404, "there is no such conversation")
        try:
            record = await self._earlier.one(live.site.id, ConversationId(request.path_params["id"]))
        except Refused:
            raise unknown from None
        if record.conversation.agent != person.id and not await self._may_see(
            person, live, record.conversation.visitor
        ):
            raise unknown
        conversation, messages = await self._node.store.conversations.load(live.site.id, record.conversation.id)
        seen = conversation_for_agent(live, conversation, messages)
        summary = msgspec.structs.asdict(_summary(live, record))
        return json_answer(ConversationDetail(**summary, visitor=seen.visitor, messages=seen.messages))

    async def _may_see(self, person: Person, live: LiveSite, visitor: VisitorId) -> bool:
        """Tell whether the conversations of a visitor exist for the person."""
        if role_in(person, live.site.id) != "agent":
            return True
        held = await self._node.store.conversations.open_of_visitor(live.site.id, visitor)
        if held is not None and held.agent == person.id:
            return True
        return await self._earlier.have_met(live.site.id, person.id, visitor)


def _summary(live: LiveSite, record: ConversationRecord) -> ConversationSummary:
    conversation = record.conversation
    rule, campaign = rule_and_campaign(live, conversation)
    agent = live.site.agents.get(conversation.agent) if conversation.agent is not None else None
    return ConversationSummary(
        id=conversation.id,
        state=conversation.state.value,
        opened_at=format_instant(conversation.opened_at),
        ended_at=None if record.ended_at is None else format_instant(record.ended_at),
        rule=rule,
        campaign=campaign,
        group=group_of(live, conversation),
        agent=None if agent is None else Named(id=agent.id, name=agent.name),
        last_seq=conversation.last_seq,
        score=record.score,
    )


def _instant_of(cursor: str | None) -> Instant | None:
    """Before when; Problem 422."""
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > CURSOR_DIGITS:
        raise Problem(422, "this is no cursor", [("cursor", "give back what `next` was")])
    return Instant(int(cursor))
