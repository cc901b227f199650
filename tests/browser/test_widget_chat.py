"""The visitor's side of a conversation: from the button to the answer, and on after whatever happens to the page."""

import re

from playwright.async_api import expect

from tests.browser.shop import Shop
from tests.browser.visitors import begin, messages, write
from tests.browser.windows import PATIENCE_MS, PHONE, Windows, assert_accessible, picture
from tests.server.serving import Server

GRACE_MS = 15_000
"""So long an agent may be away before anybody is told."""


async def test_the_button_opens_the_chat_and_an_answer_comes_there(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    assert [message["text"] for message in assigned["messages"]] == ["Is it in stock?"]
    await ana.say(assigned["conversation"], "It is, in blue and in green.")
    chat = page.get_by_role("dialog", name="Ana")
    await expect(chat.get_by_text("It is, in blue and in green.")).to_be_visible()
    await expect(chat.get_by_text("Ana is with you.")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "widget-chat")


async def test_a_reload_in_the_middle_of_a_conversation_goes_on_with_it(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    await expect(page.get_by_text("Ana is with you.")).to_be_visible()
    await page.reload()
    chat = page.get_by_role("dialog", name="Ana")
    await expect(chat.get_by_text("Is it in stock?")).to_have_count(1)
    await write(page, "In blue?")
    assert (await ana.expect("message", conversation=assigned["conversation"]))["text"] == "In blue?"


async def test_a_message_is_marked_as_sent_delivered_and_read_and_typing_is_told_both_ways(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana))["conversation"]
    await expect(messages(page)).to_have_text([re.compile("Is it in stock\\?.*Sent$")])
    await ana.send("received", conversation=conversation, seq=1)
    await expect(messages(page)).to_have_text([re.compile("Delivered$")])
    await page.reload()
    await expect(messages(page)).to_have_text([re.compile("Delivered$")])
    await ana.send("read", conversation=conversation, seq=1)
    await expect(messages(page)).to_have_text([re.compile("Read$")])
    await page.reload()
    await expect(messages(page)).to_have_text([re.compile("Read$")])
    await ana.send("typing", conversation=conversation, on=True)
    await expect(page.get_by_text("Ana is writing")).to_be_attached()
    await page.get_by_role("textbox", name="Your message").press_sequentially("In bl")
    typed = await ana.expect("typing", conversation=conversation, on=True)
    assert "In bl".startswith(typed["text"])


async def test_new_messages_are_counted_on_the_button_until_they_are_seen(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana))["conversation"]
    await page.get_by_role("button", name="Minimise the chat").click()
    await ana.say(conversation, "It is.")
    await ana.say(conversation, "In blue, too.")
    await picture(page, "widget-unread")
    await page.get_by_role("button", name="Open the chat, 2 new messages").click()
    assert (await ana.expect("read", conversation=conversation))["seq"] == 3
    await page.get_by_role("button", name="Minimise the chat").click()
    await expect(page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()


async def test_long_words_other_scripts_and_addresses_are_shown_as_they_are(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button", size=PHONE)
    conversation = (await begin(page, ana, "مرحبا، هل هذا متوفر؟"))["conversation"]
    await ana.say(conversation, "Donaudampfschifffahrt" * 20)
    await ana.say(conversation, "👩🏽‍🔧 See https://shop.example/sizes?of=20, or javascript:alert(1).")
    link = page.get_by_role("link", name="https://shop.example/sizes?of=20", exact=True)
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(page.get_by_role("dialog").get_by_role("link")).to_have_count(1)
    region = page.get_by_role("region", name="Chat")
    assert await region.evaluate("element => element.scrollWidth <= element.clientWidth")
    await assert_accessible(page)
    await picture(page, "widget-phone")


async def test_a_lost_agent_is_told(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await ana.say((await begin(page, ana))["conversation"], "Let me look.")
    await expect(page.get_by_text("Ana is with you.")).to_be_visible()
    ana.connection.transport.abort()
    lost = page.get_by_text("Connection with Ana lost: we are looking for another adviser.")
    await expect(lost).to_be_visible(timeout=GRACE_MS + PATIENCE_MS)


async def test_what_has_ended_can_be_rated_saved_and_gone_on_with(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button", language="fr")
    await page.get_by_role("button", name="Besoin d'aide ?").click()
    box = page.get_by_role("textbox", name="Votre message")
    await box.fill("Bonjour")
    await box.press("Enter")
    assigned = await ana.assigned()
    await ana.say(assigned["conversation"], "Bonjour !")
    await expect(messages(page)).to_have_count(2)
    await page.get_by_role("button", name="Terminer la discussion").click()
    await page.get_by_role("radio", name="Très bien").check()
    await page.get_by_role("textbox", name="Un mot").fill("Merci")
    await assert_accessible(page)
    await picture(page, "widget-rating-fr")
    await page.get_by_role("dialog").get_by_role("button", name="Envoyer").first.click()
    await expect(page.get_by_text("Merci de votre avis.")).to_be_visible()
    (rated,) = await server.facts("rated")
    assert (rated["score"], rated["comment"]) == (5, "Merci")
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Enregistrer la discussion").click()
    saved = (await (await downloading.value).path()).read_text()
    assert [line for line in saved.splitlines() if line in ("Bonjour", "Bonjour !")] == ["Bonjour", "Bonjour !"]
    await box.fill("Encore une question")
    await box.press("Enter")
    assert (await ana.assigned())["conversation"] == assigned["conversation"]


async def test_each_answer_stands_under_the_name_of_who_gave_it(server: Server, shop: Shop, windows: Windows) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    await ana.say(assigned["conversation"], "One moment.")
    await ana.transfer(assigned, agent=ben.id)
    await ben.assigned()
    await ben.say(assigned["conversation"], "Here I am.")
    said = [re.compile("Is it in stock"), re.compile("^AnaOne moment"), re.compile("^BenHere I am")]
    await expect(messages(page)).to_have_text(said)
    await page.reload()
    await expect(messages(page)).to_have_text(said)
    await expect(page.get_by_role("dialog", name="Ben")).to_be_visible()


async def test_a_message_longer_than_the_chat_is_read_when_its_end_is(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana))["conversation"]
    await ana.say(conversation, "\n".join(f"{number}. Look here." for number in range(200)))
    assert (await ana.expect("read", conversation=conversation))["seq"] == 2


async def test_a_sign_of_typing_ends_though_nobody_says_so(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana))["conversation"]
    typing = page.locator(".typing")
    await ana.send("typing", conversation=conversation, on=True)
    await expect(typing).to_be_visible()
    await expect(typing).to_be_hidden()


async def test_screen_readers_are_told_of_each_message(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana))["conversation"]
    for number in ("one", "two", "three"):
        await ana.say(conversation, number)
    await expect(page.get_by_role("log").get_by_role("paragraph")).to_have_text(["Ana: one", "Ana: two", "Ana: three"])


async def test_the_picture_of_an_agent_stays_and_a_letter_takes_the_place_of_one_that_cannot_be_loaded(
    server: Server, shop: Shop, windows: Windows
) -> None:
    shop.files["/ana.svg"] = "<svg xmlns='http://www.w3.org/2000/svg' width='32' height='32'/>"
    document = shop.document()
    pictures = {"Ana": "/ana.svg", "Ben": "/no-picture"}
    document["users"] = [
        {**user, "avatar": shop.origin + pictures[user["name"]]} if user["name"] in pictures else user
        for user in document["users"]
    ]
    await server.apply(document)
    ana, ben = await server.online("ana"), await server.online("ben")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    face = page.locator(".face > *")
    await expect(face).to_have_attribute("src", f"{shop.origin}/ana.svg")
    await face.evaluate("picture => { picture.dataset.same = ''; }")
    await ana.say(assigned["conversation"], "One moment.")
    await expect(messages(page)).to_have_count(2)
    await expect(face).to_have_attribute("data-same", "")
    await ana.transfer(assigned, agent=ben.id)
    await ben.assigned()
    await expect(face).to_have_text("B")
