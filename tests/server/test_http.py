"""HTTP as programs use it: health, metrics, tickets, explanations, and errors that say what is wrong."""

import asyncio
from typing import Any

import pytest

from tests.server.client import ORIGIN
from tests.server.serving import Server, shop_document


async def test_a_server_that_is_up_says_so(server: Server) -> None:
    health = await server.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    ready = await server.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ready",
            "worker": health.json()["worker"],
            "store": "reachable",
            "draining": False,
            "warnings": [],
        },
    )


async def test_metrics_count_what_happens(server: Server) -> None:
    await server.online("ana")
    await (await server.visitor_on("/button")).offered()
    await server.facts("shown")
    metrics = (await server.get("/metrics")).text.splitlines()
    for line in (
        "router_page_events_total 1.0",
        "router_offers_total 1.0",
        "router_tabs 1.0",
        "router_agent_devices 1.0",
        'router_facts_total{kind="shown"} 1.0',
    ):
        assert line in metrics


@pytest.mark.parametrize("key", [None, "wrong", "two words"])
async def test_tickets_need_an_api_key(server: Server, key: str | None) -> None:
    answer = await server.post("/api/v1/agent-tickets", key, {"site": "shop"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"site": "shop"}, 201, None),
        ({}, 201, None),
        ({"site": "elsewhere"}, 404, None),
        ({"site": 7}, 422, "site"),
        ([], 422, "body"),
        ({"sight": "shop"}, 422, "body"),
    ],
)
async def test_a_ticket_is_for_a_site_of_ones_own(server: Server, body: Any, status: int, field: str | None) -> None:
    answer = await server.post("/api/v1/agent-tickets", await server.api_key("ana"), body)
    assert answer.status_code == status
    if field is not None:
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_what_is_not_there_is_a_problem(server: Server) -> None:
    for answer, status in (
        (await server.get("/nowhere"), 404),
        (await server.get("/api/v1/agent-tickets"), 405),
        (await server.post("/healthz", None, {}), 405),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, status)


async def explanation(server: Server, who: str = "maud", **query: str) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return await server.get(f"/api/v1/explain?{asked}", await server.api_key(who))


def outcomes(answer: Any) -> dict[str, str]:
    return {rule["name"]: rule["outcome"] for rule in answer.json()["rules"]}


async def test_an_explanation_names_every_rule_and_why(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor()
    visit = (await visitor.hello("/button", data={"cart_value": 5}, tab="t1"))["visit"]
    await visitor.offered()
    answer = await explanation(server, visit=visit)
    assert answer.status_code == 200
    assert answer.json()["situation"]["page_url"] == ORIGIN + "/button"
    rules = {rule["name"]: rule for rule in answer.json()["rules"]}
    assert len(rules) == 8
    (condition,) = rules["Button"]["conditions"]
    assert (condition["verdict"], condition["actual"]) == ("true", ORIGIN + "/button")
    verdicts = [condition["verdict"] for condition in rules["Full cart"]["conditions"]]
    assert verdicts == ["false", "false"]
    assert rules["Button"]["outcome"] != rules["Full cart"]["outcome"]


async def test_a_visit_of_before_is_explained_from_what_is_kept(server: Server) -> None:
    document = shop_document()
    document["site"]["visit_timeout"] = "1s"
    await server.apply(document)
    visitor = await server.visitor()
    visit = (await visitor.hello("/button"))["visit"]
    await visitor.view("/elsewhere")
    await asyncio.sleep(1.2)  # the visit really has to end
    await visitor.view("/next")
    assert (await visitor.expect("visit"))["visit"] != visit
    answer = await explanation(server, visit=visit, site="shop")
    assert answer.json()["situation"]["page_url"] == ORIGIN + "/elsewhere"


async def test_explanations_are_for_managers_of_the_site(server: Server) -> None:
    document = shop_document()
    document["site"] |= {"key": "other", "origins": ["https://other.example"]}
    document["users"] = [{"email": "otto@shop.example", "name": "Otto", "role": "manager"}]
    for name in ("groups", "routing_rules", "campaigns"):
        document[name] = []
    await server.apply(document)
    visit = (await (await server.visitor()).hello("/"))["visit"]
    assert (await explanation(server, "maud", visit=visit)).status_code == 200
    assert (await explanation(server, "ana", visit=visit)).status_code == 403
    assert (await explanation(server, "otto", visit=visit, site="shop")).status_code == 404
    assert (await explanation(server, "otto", visit=visit)).status_code == 404
    assert (await explanation(server, "maud", visit="unknown")).status_code == 404
    assert (await explanation(server, "maud", visit=visit, tab="unknown")).status_code == 404
    nowhere = await explanation(server, "maud", visit=visit, site="nope")
    assert (nowhere.status_code, nowhere.json()["title"]) == (404, "there is no site 'nope'")
    missing = await explanation(server, "maud")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "visit")
    assert (await server.get(f"/api/v1/explain?visit={visit}")).status_code == 401
