"""A configuration applied while visitors and agents are connected: it is swapped whole, at once, for everybody."""

import asyncio

import pytest

from tests.server.serving import SECRET, Server, shop_document


async def test_a_suspended_campaign_withdraws_what_is_displayed_and_comes_back(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/button")
    first = await visitor.offered()
    document = shop_document()
    document["campaigns"][0]["status"] = "suspended"
    await server.apply(document)
    assert (await visitor.expect("withdraw"))["engagement"] == first["engagement"]
    await server.apply(shop_document())
    assert (await visitor.offered())["rule"] == first["rule"]


async def test_a_new_rule_reaches_who_is_on_the_page(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/new")
    document = shop_document()
    document["campaigns"][0]["rules"].append(
        {
            "name": "New",
            "conditions": [{"criterion": "page_url", "operator": "contains", "value": ["/new"]}],
            "action": {"kind": "button"},
        }
    )
    document["routing_rules"][0]["engagement_rules"].append("Help / New")
    await server.apply(document)
    await visitor.offered()


async def test_what_was_shown_is_not_forgotten_by_a_change_of_the_rules(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/invite")
    offer = await visitor.offered()
    await visitor.send("dismiss", engagement=offer["engagement"])
    document = shop_document()
    document["campaigns"][0]["rules"].reverse()
    await server.apply(document)
    await visitor.view("/invite/again")
    await visitor.view("/button")
    assert (await visitor.expect("offer"))["action"] == "button"


async def test_a_conversation_survives_the_end_of_its_campaign(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    document = shop_document()
    document["campaigns"][0]["status"] = "suspended"
    await server.apply(document)
    await ana.say(ack["conversation"], "Still here")
    assert (await visitor.expect("message"))["text"] == "Still here"


async def test_an_agent_who_was_removed_is_closed_and_gets_no_more_work(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button")
    await visitor.offered()
    document = shop_document()
    document["users"] = [user for user in document["users"] if user["name"] != "Ana"]
    document["groups"][0]["members"].remove("ana@shop.example")
    await server.apply(document)
    assert (await ana.closed())[0] == 4003
    await visitor.expect("withdraw")
    answer = await server.post("/api/v1/agent-tickets", await server.api_key("ben"), {"site": "shop"})
    assert answer.status_code == 201


async def test_who_becomes_a_member_serves_those_who_wait(server: Server) -> None:
    document = shop_document()
    document["groups"][0]["members"].remove("ben@shop.example")
    await server.apply(document)
    await server.online("ana")
    ben = await server.online("ben")
    await server.writer(path="/queue")
    waiting, ack = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued")
    await server.apply(shop_document())
    assert (await ben.assigned())["conversation"] == ack["conversation"]


async def test_a_configuration_that_cannot_be_taken_leaves_the_one_before_and_is_asked_for_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = shop_document()
    document["site"]["name"] = "The other shop"
    monkeypatch.delenv("SHOP_SECRET")
    applying = asyncio.create_task(server.apply(document))
    await asyncio.sleep(0.5)  # it is tried, and fails, for the secret is missing
    await server.visitor_on("/")
    assert not applying.done()
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    await applying


async def test_a_wait_ends_when_no_routing_rule_takes_it_any_more(server: Server) -> None:
    document = shop_document()
    document["routing_rules"][1]["queue"]["max_wait"] = "2s"
    await server.apply(document)
    await server.online("ana")
    await server.writer(path="/queue")
    waiting, ack = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued")
    document["campaigns"][0]["rules"] = [rule for rule in document["campaigns"][0]["rules"] if rule["name"] != "Queue"]
    document["routing_rules"][1]["engagement_rules"].remove("Help / Queue")
    await server.apply(document)
    await waiting.expect("conversation", id=ack["conversation"], state="offline")
    assert [fact["cause"] for fact in await server.facts("missed_contact")] == ["absent"]
