"""What a visitor is offered: by page, by time alone, by window and data, and what becomes of an offer."""

from tests.server.serving import Server


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
    assert welcome["site"]["languages"] == ["en", "fr"]
