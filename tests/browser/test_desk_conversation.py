"""An agent's side of a conversation: given it, answering, noting, closing; nothing that visitors send runs."""

import re

from playwright.async_api import expect

from tests.browser.desks import desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import Server, identity, shop_document


async def test_an_agent_logs_in_is_given_a_conversation_answers_and_closes_it(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, ack = await server.writer("Is it in stock?")
    await visitor.expect("delivered", seq=ack["seq"])
    await expect(ana.row("Is it in stock?")).to_contain_text("1 new")
    await expect(ana.page).to_have_title("(1) Desk")
    await ana.choose("Is it in stock?")
    await expect(ana.log).to_contain_text("Came by rule “Button” of campaign “Help”")
    await visitor.expect("read", seq=ack["seq"])
    await expect(ana.page).to_have_title("Desk")
    await ana.say("It is, in blue.")
    assert (await visitor.expect("message"))["text"] == "It is, in blue."
    await visitor.send("received", seq=2)
    await expect(ana.log.get_by_title("Delivered", exact=True)).to_be_visible()
    await visitor.send("read", seq=2)
    await expect(ana.log.get_by_title("Read", exact=True)).to_be_visible()
    await ana.page.reload()
    await expect(ana.log.get_by_title("Read", exact=True)).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-conversation")
    await ana.end("Resolved")
    await expect(ana.log).to_contain_text("This conversation is closed.")
    await expect(ana.reply).to_have_count(0)
    (closed,) = await server.facts("closed")
    assert closed["outcome"] == "resolved"
    await visitor.send("rate", conversation=ack["conversation"], score=5, comment="Quick!")
    await expect(ana.log).to_contain_text("Satisfaction: 5 of 5 Quick!")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-closed")
    await ana.row("It is, in blue.").get_by_role("button", name="Remove from the list").click()
    await expect(ana.page.get_by_text("No conversations yet.")).to_be_visible()


async def test_who_waits_longest_comes_first_and_the_wait_is_told(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    await who.clock.install()
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    await ana.set_capacity(3)
    visitors = {text: (await server.writer(text))[0] for text in ("First", "Second", "Third")}
    rows = ana.page.get_by_role("list", name="Mine").get_by_role("listitem")
    await expect(rows).to_have_text([re.compile("First"), re.compile("Second"), re.compile("Third")])
    await ana.choose("First")
    await ana.say("An answer")
    await expect(rows).to_have_text([re.compile("Second"), re.compile("Third"), re.compile("An answer")])
    await visitors["Second"].send("typing", on=True)
    await expect(rows.first).to_contain_text("typing…")
    await who.clock.fast_forward("00:40")
    await expect(rows.first.locator(".long")).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-waits")
    await who.clock.fast_forward("01:30")
    await expect(rows.first.locator(".too-long")).to_be_visible()
    await expect(rows.last.locator(".too-long")).to_have_count(0)


async def test_a_note_stands_apart_and_never_reaches_the_visitor(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.page.get_by_role("button", name="Note").click()
    await ana.page.get_by_role("textbox", name="Note").fill("A difficult customer")
    await ana.page.keyboard.press("Enter")
    note = ana.log.get_by_role("listitem").filter(has_text="A difficult customer")
    await expect(note).to_contain_text("Note · ")
    await expect(ana.reply).to_be_focused()
    await ana.say("Good morning.")
    assert [message["text"] for message in await visitor.rest() if message["type"] == "message"] == ["Good morning."]
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-note")


async def test_a_canned_reply_comes_by_its_shortcut_in_the_language_of_the_visitor(
    server: Server, windows: Windows
) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor = await server.visitor_on("/button", language="fr-FR")
    await visitor.offered()
    await visitor.say("Bonjour, une question")
    await ana.choose("Bonjour, une question")
    await ana.reply.press_sequentially("/he")
    await expect(ana.page.get_by_role("option", name="/hello")).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-canned")
    await ana.page.keyboard.press("Enter")
    await expect(ana.reply).to_have_value("Bonjour")
    await ana.reply.press_sequentially(" !")
    await ana.page.keyboard.press("Enter")
    assert (await visitor.expect("message"))["text"] == "Bonjour !"


async def test_what_the_visitor_types_and_where_she_goes_is_seen_live(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await visitor.send("typing", on=True, text="I would like")
    await expect(ana.log).to_contain_text("is typing")
    await expect(ana.log).to_contain_text("I would like")
    await visitor.view("/delivery?country=FR")
    await expect(ana.card).to_contain_text("Now on /delivery?country=FR")
    await visitor.send("data", values={"segment": "vip"})
    await visitor.send("identify", identity=identity("customer-7", name="Zoé"))
    await expect(ana.card).to_contain_text("Zoé")
    await expect(ana.card).to_contain_text("vip")
    await visitor.close()
    await expect(ana.card).to_contain_text("Was last on /delivery?country=FR")
    await expect(ana.log).not_to_contain_text("is typing")


async def test_the_card_says_who_the_visitor_is_in_the_words_of_the_site(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    data = {"cart_value": 129.9, "logged_in": True, "segment": "vip"}
    visitor = await server.visitor_on(
        "/button", language="fr-FR", data=data, device={"touch_points": 5, "mobile": True}
    )
    await visitor.offered()
    await visitor.say("Hello")
    await ana.choose("Hello")
    for words in (
        "Language French",
        "Visits first visit",
        "Came from directly",
        "Cart €129.90",
        "logged_in yes",
        "segment vip",
    ):
        await expect(ana.card).to_contain_text(words)
    await ana.page.get_by_role("button", name="FR").click()
    await expect(ana.page.get_by_role("complementary")).to_contain_text("Panier 129,90 €")
    await picture(ana.page, "desk-card")


async def test_a_visitor_sees_that_the_agent_types(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.press_sequentially("One mom")
    assert (await visitor.expect("typing"))["on"]
    await ana.reply.fill("")
    assert not (await visitor.expect("typing"))["on"]


async def test_earlier_conversations_can_be_read_as_they_were(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, first = await server.writer("Where is my order?")
    await ana.choose("Where is my order?")
    await ana.say("It comes tomorrow.")
    await server.until_kept(visitor.heard[0]["visit"])
    await ana.end("Resolved")
    await visitor.expect("conversation", state="closed")
    await visitor.send("rate", conversation=first["conversation"], score=4)
    await expect(ana.log).to_contain_text("Satisfaction: 4 of 5")
    back = await server.visitor_on("/contact", visitor=visitor.heard[0]["visitor"])
    await back.offered()
    await back.say("It has not come.")
    await ana.choose("It has not come.")
    await ana.card.get_by_text("Earlier conversations").click()
    await ana.card.get_by_role("button", name="Button · Ana").click()
    read = ana.page.get_by_role("dialog")
    await expect(read).to_contain_text("It comes tomorrow.")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-earlier")


async def test_unsent_text_is_kept_by_conversation_and_over_a_reload(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.set_capacity(2)
    await server.writer("First question")
    await server.writer("Second question")
    await ana.choose("First question")
    await ana.reply.fill("An answer to the first")
    await ana.choose("Second question")
    await expect(ana.reply).to_have_value("")
    await ana.reply.fill("An answer to the second")
    await ana.page.reload()
    await expect(ana.reply).to_have_value("An answer to the second")
    await ana.choose("An answer to the first")
    await expect(ana.reply).to_have_value("An answer to the first")


HOSTILE = [
    "<script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    "</textarea><svg onload=\"document.title = 'run'\">",
    "javascript:document.title='run'",
    "{@html '<b>'} {{7*7}} ${7*7}",
    "\u202eesrever \u2066isolated",
    "w" * 500,
]


async def test_nothing_that_a_visitor_sends_runs_or_breaks_the_desk(server: Server, windows: Windows) -> None:
    document = shop_document()
    document["custom_data"]["note"] = {"type": "text"}
    await server.apply(document)
    ana = await desk_online(server, windows, "ana")
    for text in HOSTILE:
        visitor = await server.visitor_on(f"/button?{text}", data={"note": text}, title=text)
        await visitor.offered()
        ack = await visitor.say(text)
        await ana.page.get_by_role("link", name="Visitor").first.click()
        await expect(ana.log.get_by_role("listitem").locator("p").last).to_have_text(text)
        await expect(ana.card).to_contain_text(text)
        await visitor.send("typing", on=True, text=text)
        await expect(ana.log).to_contain_text("is typing")
        assert await ana.page.title() == "Desk"
        assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await ana.end("Spam")
        await visitor.send("rate", conversation=ack["conversation"], score=1, comment=text)
        await expect(ana.log.locator("q")).to_have_text(text)
        await ana.page.get_by_role("button", name="Remove from the list").click()
