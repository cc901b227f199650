"""What a visitor is offered: by page, by time alone, by window and data, and what becomes of an offer."""

from tests.server.serving import Server, shop_document


async def test_a_page_brings_its_offer_and_another_page_withdraws_it(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/button/1")
    offer = await visitor.offered()
    assert offer["action"] == "button"
    await visitor.view("/elsewhere")
    withdrawn = await visitor.expect("withdraw")
    assert withdrawn["engagement"] == offer["engagement"]


async def test_time_alone_brings_an_offer(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/contact", language="fr-FR")
    offer = await visitor.expect("offer")
    assert (offer["action"], offer["text"]) == ("message", "Une question ?")


async def test_an_offer_names_a_template_of_the_welcome(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor()
    welcome = await visitor.hello("/button", language="fr")
    offer = await visitor.offered()
    texts = {template["id"]: template["texts"] for template in welcome["site"]["templates"]}
    assert texts[offer["template"]] == {"label": "Besoin d'aide ?"}
    assert (welcome["site"]["languages"], welcome["site"]["language"]) == (["en", "fr"], "fr")


async def test_a_widget_knows_whether_what_is_typed_may_be_sent(server: Server) -> None:
    document = shop_document()
    for allowed in (True, False):
        document["site"]["typing_preview"] = allowed
        await server.apply(document)
        welcome = await (await server.visitor()).hello("/")
        assert welcome["site"]["typing_preview"] is allowed


async def test_what_was_dismissed_does_not_come_back_in_the_visit(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/invite/1")
    offer = await visitor.offered()
    await visitor.send("dismiss", engagement=offer["engagement"])
    await visitor.view("/invite/2")
    await visitor.view("/button")
    assert (await visitor.expect("offer"))["action"] == "button"
    assert [message["action"] for message in visitor.heard if message["type"] == "offer"] == ["invitation", "button"]


async def test_displayed_engaged_and_dismissed_are_recorded(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/button")
    offer = await visitor.offered()
    await visitor.send("shown", engagement=offer["engagement"])
    await visitor.send("engage", engagement=offer["engagement"])
    await visitor.send("engage", engagement="of nobody")
    await visitor.send("dismiss", engagement=offer["engagement"])
    (dismissed,) = await server.facts("dismissed")
    kinds = [fact["kind"] for fact in await server.facts() if fact.get("engagement") == offer["engagement"]]
    assert kinds == ["offered", "shown", "engaged", "dismissed"]
    assert (dismissed["rule"], dismissed["action"]) == (offer["rule"], "button")


async def test_the_window_decides_and_a_resize_decides_again(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/window")
    assert await visitor.rest() == []
    await visitor.send("window", width=500, height=700)
    offer = await visitor.offered()
    await visitor.send("window", width=900, height=700)
    assert (await visitor.expect("withdraw"))["engagement"] == offer["engagement"]


async def test_custom_data_decides_and_null_removes_it(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/cart", data={"cart_value": 100})
    assert await visitor.rest() == []
    await visitor.send("data", values={"cart_value": 100.5})
    offer = await visitor.offered()
    await visitor.send("data", values={"cart_value": None})
    assert (await visitor.expect("withdraw"))["engagement"] == offer["engagement"]


async def test_data_of_a_page_event_count_at_once(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/")
    await visitor.send("page", id="p2", url="https://shop.example/cart", data={"cart_value": 500})
    await visitor.offered()


async def test_the_same_page_id_is_no_new_page_event(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/button")
    await visitor.offered()
    for _ in range(2):
        await visitor.send("page", id="again", url="https://shop.example/elsewhere")
    await visitor.until_counted()
    metrics = (await server.get("/metrics")).text
    assert "router_page_events_total 2.0" in metrics


async def test_without_anybody_online_nothing_is_offered_and_the_miss_is_absent(server: Server) -> None:
    visitor = await server.visitor_on("/button")
    (missed,) = await server.facts("missed_opportunity")
    assert missed["cause"] == "absent"
    assert await visitor.rest() == []


async def test_with_everybody_full_nothing_is_offered_and_the_miss_is_busy(server: Server) -> None:
    ana = await server.online("ana")
    await server.writer()
    await ana.until_full()
    late = await server.visitor_on("/button")
    (missed,) = await server.facts("missed_opportunity")
    assert missed["cause"] == "busy"
    assert await late.rest() == []


async def test_the_last_agent_who_goes_takes_the_offer_along_and_brings_it_back(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button")
    first = await visitor.offered()
    await ana.go("away")
    withdrawn = await visitor.expect("withdraw")
    assert (withdrawn["engagement"], withdrawn["reason"]) == (first["engagement"], "nobody_available")
    await ana.go("online")
    assert (await visitor.offered())["rule"] == first["rule"]
    assert await server.facts("missed_opportunity", at_least=0) == []


async def test_an_agent_whose_socket_is_cut_is_gone(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button")
    await visitor.offered()
    ana.connection.transport.abort()
    assert (await visitor.expect("withdraw"))["reason"] == "nobody_available"


async def test_who_comes_online_recovers_what_was_missed(server: Server) -> None:
    visitor = await server.visitor_on("/button")
    await server.facts("missed_opportunity")
    await server.online("ana")
    await visitor.offered()
    assert len(await server.facts("recovered")) == 1
    assert len(await server.facts("missed_opportunity")) == 1


async def test_an_invitation_shows_in_one_of_two_tabs(server: Server) -> None:
    await server.online("ana")
    first = await server.visitor()
    welcome = await first.hello("/invite")
    offer = await first.offered()
    second = await server.visitor()
    assert (await second.hello("/invite", visitor=welcome["visitor"]))["visit"] == welcome["visit"]
    assert await second.rest() == []
    stopped = await server.facts("stopped", at_least=0)
    assert [fact["gate"] for fact in stopped if fact["rule"] == offer["rule"]] == []


async def test_every_rule_that_held_has_one_final_state_and_facts_have_ids_of_their_own(server: Server) -> None:
    ana = await server.online("ana")
    for path in ("/button", "/queue", "/night", "/button/queue"):
        visitor = await server.visitor_on(path)
        await visitor.until_counted()
    await ana.go("away")
    assert (await (await server.visitor_on("/form")).offered())["action"] == "offline_form"
    held = await server.facts("rule_held", at_least=6)
    facts = await server.facts()
    final: dict[tuple[str, str], str] = {}
    for fact in facts:
        if fact["kind"] in ("offered", "missed_opportunity", "recovered", "stopped"):
            final[fact["visit"], fact["rule"]] = fact["kind"]
    assert set(final) == {(fact["visit"], fact["rule"]) for fact in held}
    opportunities = {(fact["visit"], fact["rule"]) for fact in facts if fact["kind"] == "opportunity"}
    assert opportunities == {key for key, kind in final.items() if kind != "stopped"}
    assert len({fact["id"] for fact in facts}) == len(facts)
