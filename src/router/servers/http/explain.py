"""`GET /api/v1/explain?visit=…`: why each rule is shown to a visitor or not."""

from starlette.requests import Request
from starlette.responses import Response

from router.core.engagement.inputs import Woken
from router.core.visitors.snapshot import read_snapshot
from router.core.vocabulary.ids import VisitId
from router.engine.explaining import explain_kept, explain_open
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.protocol.api import VisitExplanation
from router.servers.http.answers import Problem, json_answer, role_in, site_of
from router.servers.http.who_asks import WhoAsks


class Explain:
    """The resource, for managers and admins of the site."""

    def __init__(self, node: Node, who_asks: WhoAsks) -> None:
        self._node = node
        self._who_asks = who_asks

    async def show(self, request: Request) -> Response:
        """Explain a visit that is open as of now, or a kept one that is over as of its last activity.

        `tab` may be left out: the one whose page is the latest.
        """
        person = await self._who_asks(request)
        query = request.query_params
        live = site_of(self._node, person, query.get("site"))
        if role_in(person, live.site.id) == "agent":
            raise Problem(403, "explanations are for managers")
        if "visit" not in query:
            raise Problem(422, "name the visit", [("visit", "needed: the id that `welcome` gives")])
        return json_answer(await self._explain(live, VisitId(query["visit"]), query.get("tab")))

    async def _explain(self, live: LiveSite, visit_id: VisitId, tab_id: str | None) -> VisitExplanation:
        now = self._node.clock.now()
        visit = live.visits.get(visit_id)
        if visit is not None:
            live.decide(visit, Woken(), now)  # it may still be of the rules before
            explanation = explain_open(live.site, live.outlook, visit, tab_id, now)
        else:
            kept = await self._node.store.visits.snapshot(live.site.id, visit_id)
            snapshot = None if kept is None else read_snapshot(kept)
            if snapshot is None:
                raise Problem(404, "there is no such visit, or it was longer ago than a day", [("visit", "unknown")])
            ruleset, roster = live.outlook.ruleset, live.presences.values()
            explanation = explain_kept(live.site, ruleset, roster, snapshot, tab_id, now)
        if explanation is None:
            raise Problem(404, "the visit has no such tab", [("tab", "unknown")])
        return explanation
