"""What a running server says is what the contracts that it publishes promise, on its sockets and over HTTP."""

from importlib.metadata import version
from typing import Any

import httpx2
import pytest

from tests.protocol.published import Json, payloads, validator
from tests.server.browsing import CHANGE, CURRENT, PASSWORD, SESSIONS, browser_at, give_password
from tests.server.client import ORIGIN, Socket
from tests.server.serving import Server


async def published(server: Server, name: str) -> Json:
    """A contract, as anybody gets it."""
    answer = await server.get(f"/api/{name}.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document: Json = answer.json()
    assert document["info"]["version"] == version("conversation-router")
    return document


def names_heard(document: Json, channel: str, socket: Socket) -> set[str]:
    """The names of what was heard, all of which is valid."""
    promised = payloads(document, channel, "send")
    for message in socket.heard:
        assert any(validator(document, payload).is_valid(message) for payload in promised[message["type"]]), message
    return {message["type"] for message in socket.heard}


async def test_a_whole_conversation_is_as_published(server: Server) -> None:
    document = await published(server, "asyncapi")
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button", language="fr-FR", data={"cart_value": 12.5})
    await visitor.offered()
    ack = await visitor.say("Bonjour")
    assigned = await ana.assigned()
    assert {"id", "page", "pages", "device_type", "language", "visits", "data"} <= set(assigned["visitor"])
    await visitor.send("typing", on=True, text="Et")
    await ana.expect("typing", on=True)
    await visitor.send("received", seq=1)
    await ana.expect("delivered")
    await visitor.send("read", seq=1)
    await ana.expect("read")
    await visitor.say("Encore")
    await ana.expect("message", text="Encore")
    await ana.send("typing", conversation=ack["conversation"], on=True)
    await visitor.expect("typing")
    await ana.say(ack["conversation"], "Oui ?")
    await visitor.expect("message", text="Oui ?")
    await ana.send("read", conversation=ack["conversation"], seq=3)
    await visitor.expect("read")
    await ana.send("resume", conversations=[{"id": ack["conversation"], "generation": "another", "seq": 1}])
    await ana.expect("resumed")
    await ana.send("nonsense")
    await ana.expect("error")
    await ana.end(assigned, outcome="resolved")
    await visitor.expect("conversation", state="closed")
    await visitor.send("window", width=-1, height=0)
    await visitor.expect("error")
    await visitor.until_counted()
    assert names_heard(document, "visitor", visitor) >= {
        *("welcome", "offer", "ack", "conversation", "message", "typing", "read", "error", "pong")
    }
    assert names_heard(document, "agent", ana) >= {
        *("welcome", "status", "colleagues", "queue", "assigned", "message", "ack", "typing", "delivered", "read"),
        *("resumed", "conversation", "error"),
    }


async def test_an_offer_that_comes_and_goes_is_as_published(server: Server) -> None:
    document = await published(server, "asyncapi")
    await server.online("ana")
    heard = set()
    for path in ("/button", "/contact", "/invite"):
        visitor = await server.visitor_on(path)
        heard.add((await visitor.offered())["action"])
        await visitor.view("/elsewhere")
        await visitor.expect("withdraw")
        names_heard(document, "visitor", visitor)
    assert heard == {"button", "message", "invitation"}


async def test_whoever_comes_back_is_told_as_published(server: Server) -> None:
    document = await published(server, "asyncapi")
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    state = await visitor.expect("conversation", state="assigned")
    await visitor.close()
    token = next(message["visitor"] for message in visitor.heard if message["type"] == "welcome")
    again = await server.visitor()
    place = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 0, "unacked": []}
    await again.hello("/button", visitor=token, resume=place)
    resumed = await again.expect("resumed")
    assert [message["seq"] for message in resumed["missed"]] == [1]
    names_heard(document, "visitor", again)
    desk = await server.desk("ana")
    assert [held["id"] for held in desk.welcome["conversations"]] == [ack["conversation"]]
    names_heard(document, "agent", desk)


async def test_a_conversation_that_changes_hands_is_told_as_published(server: Server) -> None:
    document = await published(server, "asyncapi")
    ana, maud = await server.online("ana"), await server.online("maud")
    phone = await server.desk("ana")
    await maud.send("visitors", watch=True)
    visitor, ack = await server.writer()
    other = await server.visitor()
    await other.hello("/button", visitor=visitor.heard[0]["visitor"])
    assigned = await ana.assigned()
    await visitor.send("read", seq=1)
    await other.expect("seen")
    await ana.send("read", conversation=ack["conversation"], seq=1)
    await phone.expect("seen")
    seen = {"conversation": ack["conversation"], "version": assigned["version"]}
    await maud.send("take", **seen)
    await ana.expect("unassigned")
    await ana.send("transfer", **seen, to={"agent": maud.id})
    await ana.expect("error", code="conflict")
    await ana.expect("conversation")
    await maud.end(await maud.assigned())
    await visitor.expect("conversation", state="closed")
    await visitor.say("Once more")
    await visitor.expect("conversation", reason="reopened")
    await other.expect("message", text="Once more")
    assert names_heard(document, "visitor", visitor) >= {"conversation", "ack"}
    assert names_heard(document, "visitor", other) >= {"seen", "message"}
    assert names_heard(document, "agent", ana) >= {"unassigned", "error", "conversation"}
    assert names_heard(document, "agent", maud) >= {"assigned", "conversation"}
    assert "seen" in names_heard(document, "agent", phone)


def valid(document: Json, method: str, path: str, answer: httpx2.Response) -> int:
    """The status of an answer, whose status, type and body are those of the document."""
    promised: dict[str, Any] = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    media_type, _, _ = answer.headers["content-type"].partition(";")
    body = answer.json() if media_type.endswith("json") else answer.text
    validator(document, promised[media_type]["schema"]).validate(body)
    return answer.status_code


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/asyncapi.json"])
async def test_what_everybody_may_ask_is_answered_as_published(server: Server, path: str) -> None:
    document = await published(server, "openapi")
    assert valid(document, "get", path, await server.get(path)) == 200


async def test_tickets_are_answered_as_published(server: Server) -> None:
    document = await published(server, "openapi")
    ana = await server.api_key("ana")
    path = "/api/v1/agent-tickets"
    asked: list[tuple[str | None, object]] = [
        (ana, {"site": "shop"}),
        (None, {}),
        (ana, {"site": "no such"}),
        (ana, {"sight": "shop"}),
        (ana, {"site": "s" * 2_000_000}),
    ]
    answers = [valid(document, "post", path, await server.post(path, key, body)) for key, body in asked]
    assert answers == [201, 401, 404, 422, 413]


async def test_explanations_are_answered_as_published(server: Server) -> None:
    document = await published(server, "openapi")
    maud, ana = await server.api_key("maud"), await server.api_key("ana")
    visitor = await server.visitor()
    welcome = await visitor.hello("/button")
    path = "/api/v1/explain"
    visit = f"?visit={welcome['visit']}"
    asked = [(maud, visit), (None, visit), (ana, visit), (maud, "?visit=unknown"), (maud, "")]
    answers = [valid(document, "get", path, await server.get(path + query, key)) for key, query in asked]
    assert answers == [200, 401, 403, 404, 422]
    explained = (await server.get(path + visit, maud)).json()
    assert explained["situation"]["page_url"] == f"{ORIGIN}/button"


async def test_sessions_are_answered_as_published(server: Server) -> None:
    document = await published(server, "openapi")
    await give_password(server, "ana")
    async with browser_at(server.address) as browser:
        answers = [
            valid(document, "post", SESSIONS, await browser.log_in(password="a wrong one")),
            valid(document, "post", SESSIONS, await browser.log_in(Origin="https://evil.example")),
            valid(document, "post", SESSIONS, await browser.log_in()),
            valid(document, "get", CURRENT, await browser.get(CURRENT)),
            valid(document, "post", CHANGE, await browser.change(PASSWORD, "short")),
            valid(document, "post", CHANGE, await browser.change(PASSWORD, "my very own words")),
            (await browser.log_out()).status_code,
            valid(document, "get", CURRENT, await browser.get(CURRENT)),
        ]
    assert answers == [401, 403, 201, 200, 422, 200, 204, 401]
    assert "content" not in document["paths"][CURRENT]["delete"]["responses"]["204"]


async def test_conversations_are_answered_as_published(server: Server) -> None:
    document = await published(server, "openapi")
    ana = await server.online("ana")
    await server.writer()
    assigned = await ana.assigned()
    key, visitor = await server.api_key("ana"), assigned["visitor"]["id"]
    path = "/api/v1/conversations"
    asked = [(key, visitor), (None, visitor), (key, "unknown"), (key, f"{visitor}&cursor=x")]
    answers = [await server.get(f"{path}?visitor={visitor}", key) for key, visitor in asked]
    assert [valid(document, "get", path, answer) for answer in answers] == [200, 401, 404, 422]
    (item,) = answers[0].json()["items"]
    one = [await server.get(f"{path}/{conversation}", key) for conversation in (item["id"], "unknown")]
    assert [valid(document, "get", f"{path}/{{id}}", answer) for answer in one] == [200, 404]
