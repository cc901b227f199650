"""Behind the proxies of the examples everything works as without: sockets over TLS, origins, addresses."""

import ssl

import httpx2

from tests.server.client import Agent, Visitor, fresh
from tests.server.serving import Server


async def test_a_visitor_and_an_agent_talk_through_the_proxy(server: Server, proxy: str, tls: ssl.SSLContext) -> None:
    ticket = await server.ticket("ana")
    async with (
        Agent.connect(proxy, ticket, origin=proxy, tls=tls) as ana,
        Visitor.connect(proxy, tls=tls) as visitor,
    ):
        await ana.go("online")
        await visitor.hello("/button")
        await visitor.offered()
        said = await visitor.say("Hello through the proxy")
        assigned = await ana.assigned()
        assert assigned["conversation"] == said["conversation"]
        await ana.say(said["conversation"], "Hello back")
        assert (await visitor.expect("message", seq=2))["text"] == "Hello back"


async def test_what_a_client_claims_of_its_address_is_not_believed(
    server: Server, proxy: str, tls: ssl.SSLContext
) -> None:
    ana = await server.online("ana")
    claimed = "203.0.113.7"
    async with Visitor.connect(server.address, X_Forwarded_For=claimed) as direct:
        await direct.hello("/button")
        await direct.offered()
        await direct.say("From this machine, which is trusted")
        assert (await ana.assigned())["visitor"]["country"] is not None, "the database knows no such address"
        await direct.send("leave")
        await ana.expect("conversation", state="closed")
    async with Visitor.connect(proxy, tls=tls, X_Forwarded_For=claimed) as through:
        await through.hello("/button")
        await through.offered()
        await through.send("say", client_msg_id=fresh("message"), text="From behind the proxy")
        assert (await ana.assigned())["visitor"].get("country") is None


async def test_http_is_answered_through_the_proxy(proxy: str, tls: ssl.SSLContext, server: Server) -> None:
    async with httpx2.AsyncClient(base_url=proxy, verify=tls) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
