"""Earlier conversations over HTTP: those of a visitor, for agents who met her and for managers; for nobody else."""

from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from router.settings import Settings
from tests.server.client import Agent, Message, Visitor
from tests.server.serving import Server, shop_document

PATH = "/api/v1/conversations"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever writes again begins another conversation, as after a day."""
    return replace(settings, reopen_seconds=0.001)


async def known_visitor(server: Server) -> Visitor:
    """A visitor on a page with an offer, whose history is kept."""
    visitor = await server.visitor()
    await server.until_kept((await visitor.hello("/button"))["visit"])
    await visitor.offered()
    return visitor


async def talk(visitor: Visitor, agent: Agent, text: str = "Hello") -> Message:
    """A conversation that was answered and closed, as it was assigned."""
    await visitor.say(text)
    assigned = await agent.assigned()
    await agent.say(assigned["conversation"], "Good day")
    await agent.end(assigned, outcome="resolved")
    await visitor.expect("conversation", state="closed")
    return assigned


async def listed(server: Server, who: str, visitor: str, **more: str) -> httpx2.Response:
    query = "&".join(f"{name}={value}" for name, value in {"visitor": visitor, **more}.items())
    return await server.get(f"{PATH}?{query}", await server.api_key(who))


async def shown(server: Server, who: str, conversation: str) -> httpx2.Response:
    return await server.get(f"{PATH}/{conversation}", await server.api_key(who))


async def test_whoever_serves_a_visitor_sees_what_was_before(server: Server) -> None:
    ana, visitor = await server.online("ana"), await known_visitor(server)
    first = await talk(visitor, ana)
    await visitor.send("rate", conversation=first["conversation"], score=5)
    await ana.expect("rated")
    await ana.go("offline")
    ben = await server.online("ben")
    assert (await listed(server, "ben", first["visitor"]["id"])).status_code == 404
    await visitor.view("/button?again")
    await visitor.offered()
    await visitor.say("Once more")
    again = await ben.assigned()
    answer = await listed(server, "ben", again["visitor"]["id"], site="shop")
    assert answer.status_code == 200
    now, before = answer.json()["items"]
    assert (now["id"], now["state"], now["score"], now["ended_at"]) == (again["conversation"], "assigned", None, None)
    assert (before["id"], before["state"], before["score"]) == (first["conversation"], "closed", 5)
    assert (before["agent"]["name"], before["group"]["name"]) == ("Ana", "Sales")
    assert (before["rule"]["name"], before["campaign"]["name"]) == ("Button", "Help")
    assert (await shown(server, "ben", before["id"])).status_code == 200


async def test_a_conversation_is_shown_with_its_messages_and_notes(server: Server) -> None:
    ana, visitor = await server.online("ana"), await known_visitor(server)
    await visitor.say("Hello")
    assigned = await ana.assigned()
    await ana.say(assigned["conversation"], "She was here before", note=True)
    await ana.say(assigned["conversation"], "Good day")
    await ana.end(assigned)
    answer = await shown(server, "ana", assigned["conversation"])
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    assert [message["text"] for message in said["messages"]] == ["Hello", "She was here before", "Good day"]
    assert (said["state"], said["visitor"]["id"]) == ("closed", assigned["visitor"]["id"])
    assert said["opened_at"] <= said["ended_at"]


async def test_others_are_not_even_told_that_it_exists(server: Server) -> None:
    ana, visitor = await server.online("ana"), await known_visitor(server)
    assigned = await talk(visitor, ana)
    conversation, visitor_id = assigned["conversation"], assigned["visitor"]["id"]
    unknown = await shown(server, "ben", "nowhere")
    for answer in (await shown(server, "ben", conversation), unknown):
        assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert (await listed(server, "ben", visitor_id)).json() == (await listed(server, "ben", "nobody")).json()
    for who in ("ana", "maud"):
        assert (await shown(server, who, conversation)).status_code == 200
        assert len((await listed(server, who, visitor_id)).json()["items"]) == 1


async def test_another_site_has_none_of_it(server: Server) -> None:
    document = shop_document()
    document["site"] |= {"key": "other", "origins": ["https://other.example"]}
    document["users"] = [{"email": "otto@shop.example", "name": "Otto", "role": "admin"}]
    for name in ("groups", "routing_rules", "campaigns"):
        document[name] = []
    ana, visitor = await server.online("ana"), await known_visitor(server)
    assigned = await talk(visitor, ana)
    await server.apply(document)
    assert (await shown(server, "otto", assigned["conversation"])).status_code == 404
    assert (await listed(server, "otto", assigned["visitor"]["id"])).json() == {"items": [], "next": None}
    assert (await listed(server, "otto", assigned["visitor"]["id"], site="shop")).status_code == 404


async def test_a_long_list_comes_in_pages(server: Server) -> None:
    ana, visitor = await server.online("ana"), await known_visitor(server)
    assigned = await talk(visitor, ana)
    (site,) = await server.archive.sites()
    visitor_id = assigned["visitor"]["id"]
    of_site = f"{{{site}}}"
    for number in range(25):  # as if there had been so many before
        copy, ended_at = f"{of_site}:conversation:copy-{number}", 1_000 + number
        await server.redis.copy(f"{of_site}:conversation:{assigned['conversation']}", copy)
        await server.redis.hset(copy, mapping={"id": f"copy-{number}", "closed_at": ended_at})
        await server.redis.zadd(f"{of_site}:earlier:{visitor_id}", {f"copy-{number}": ended_at})
    first = (await listed(server, "maud", visitor_id)).json()
    second = (await listed(server, "maud", visitor_id, cursor=first["next"])).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == [assigned["conversation"], *(f"copy-{number}" for number in reversed(range(25)))]
    assert (len(first["items"]), second["next"]) == (20, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "visitor"),
        ("visitor=x&cursor=", "cursor"),
        ("visitor=x&cursor=-1", "cursor"),
        ("visitor=x&cursor=²", "cursor"),
    ],
)
async def test_what_cannot_be_asked_names_the_field(server: Server, query: str, field: str) -> None:
    answer = await server.get(f"{PATH}?{query}", await server.api_key("maud"))
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


async def test_conversations_are_for_people_of_the_console(server: Server) -> None:
    for path in (f"{PATH}?visitor=any", f"{PATH}/any"):
        assert (await server.get(path)).status_code == 401
