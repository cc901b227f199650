"""What the server offers is drawn, told when it is really seen, answered, and taken away again."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.shop import Shop
from tests.browser.visitors import begin, button, messages, navigate, write
from tests.browser.windows import LAPTOP, PHONE, Windows, assert_accessible, picture
from tests.server.serving import Server

FOCUSED = """() => {
  const focused = document.activeElement;
  return (focused?.shadowRoot?.activeElement ?? focused)?.textContent ?? '';
}"""


async def kinds(server: Server, *wanted: str) -> list[str]:
    """The facts of these kinds so far, in order."""
    return [fact["kind"] for fact in await server.facts() if fact["kind"] in wanted]


async def until_fact(server: Server, kind: str) -> dict[str, Any]:
    return (await server.facts(kind))[0]


# -- the button


async def test_a_button_is_told_as_shown_and_as_clicked(server: Server, shop: Shop, windows: Windows) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    await until_fact(server, "shown")
    await assert_accessible(page)
    await picture(page, "widget-button")
    assert "engaged" not in await kinds(server, "engaged")
    await button(page).click()
    await expect(page.get_by_role("textbox", name="Your message")).to_be_focused()
    await until_fact(server, "engaged")


async def test_nothing_is_told_as_shown_in_a_tab_that_nobody_looks_at(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    person = await windows.person()
    await person.add_init_script(
        "Object.defineProperty(document, 'visibilityState', { get: () => window.seen ? 'visible' : 'hidden' })"
    )
    page = await person.new_page()
    await page.goto(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    assert await kinds(server, "offered", "shown") == ["offered"]
    await page.evaluate("() => { window.seen = true; document.dispatchEvent(new Event('visibilitychange')); }")
    await until_fact(server, "shown")


async def test_a_button_goes_when_its_rule_ends_to_hold_and_when_nobody_can_answer(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    await navigate(page, "/elsewhere")
    await expect(button(page)).to_have_count(0)
    await navigate(page, "/button/again")
    await expect(button(page)).to_be_visible()
    await ana.go("away")
    await expect(button(page)).to_have_count(0)
    await ana.go("online")
    await expect(button(page)).to_be_visible()


async def test_a_chat_that_was_closed_unwritten_is_behind_its_button_again(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await button(page).click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button(page)).to_be_focused()


# -- the invitation


async def invited(server: Server, shop: Shop, windows: Windows, **more: Any) -> Page:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/invite", **more)
    await expect(page.get_by_role("dialog", name="Hello")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_an_invitation_keeps_the_page_out_of_reach_until_it_is_accepted(
    server: Server, shop: Shop, windows: Windows, size: Any
) -> None:
    page = await invited(server, shop, windows, size=size)
    await assert_accessible(page)
    await picture(page, f"widget-invitation-{size['width']}")
    focused = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        focused.append(await page.evaluate(FOCUSED))
    assert {"Yes, please", "No, thank you"} <= set(focused)
    assert "Contact" not in focused
    await page.get_by_role("button", name="Yes, please").click()
    await expect(page.get_by_role("textbox", name="Your message")).to_be_focused()
    await until_fact(server, "engaged")
    assert await kinds(server, "shown", "dismissed") == ["shown"]


async def test_escape_refuses_an_invitation_for_the_whole_visit(server: Server, shop: Shop, windows: Windows) -> None:
    page = await invited(server, shop, windows)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await until_fact(server, "dismissed")
    await page.reload()
    await navigate(page, "/button")
    await expect(button(page)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_an_invitation_is_withdrawn_when_its_page_is_left(server: Server, shop: Shop, windows: Windows) -> None:
    page = await invited(server, shop, windows)
    await until_fact(server, "shown")
    await navigate(page, "/elsewhere")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("link", name="Contact")).to_be_visible()


async def test_templates_say_how_things_look_and_what_they_say(server: Server, shop: Shop, windows: Windows) -> None:
    document = shop.document()
    templates = [each for each in document["templates"] if each["name"] not in ("Round", "Pop-in")]
    document["templates"] = [
        *templates,
        {
            "name": "Round",
            "kind": "button",
            "position": "top_left",
            "colour": "#ffd400",
            "texts": {"en": {"label": "Hi"}},
        },
        {
            "name": "Banner",
            "kind": "invitation",
            "format": "banner",
            "colour": "#1f3a5f",
            "texts": {"en": {"title": "For companies", "body": "Talk to us.", "accept": "Talk", "refuse": "Later"}},
        },
    ]
    for rule in document["campaigns"][0]["rules"]:
        if rule["name"] == "Invite":
            rule["action"]["template"] = "Banner"
    await server.apply(document)
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/invite")
    await expect(page.get_by_role("dialog", name="For companies")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "widget-banner")
    await page.get_by_role("button", name="Later").click()
    await navigate(page, "/button")
    hi = page.get_by_role("button", name="Hi")
    await expect(hi).to_have_css("background-color", "rgb(255, 212, 0)")
    await expect(hi).to_have_css("color", "rgb(20, 23, 29)")
    place = await hi.bounding_box()
    assert place is not None
    assert place["x"] < 100
    assert place["y"] < 100
    await assert_accessible(page)


# -- the message and the chat box


async def test_a_message_opens_the_chat_and_becomes_the_first_of_its_conversation(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/contact")
    await expect(messages(page)).to_have_text(["AdviserA question?"])
    assert await page.evaluate("() => document.activeElement === document.body")
    await assert_accessible(page)
    await picture(page, "widget-message")
    await write(page, "Yes, about sizes.")
    assigned = await ana.assigned()
    assert [(each["from"], each["text"]) for each in assigned["messages"]] == [
        ("system", "A question?"),
        ("visitor", "Yes, about sizes."),
    ]
    await expect(messages(page)).to_have_count(2)
    await expect(messages(page).first).to_contain_text("A question?")


async def test_a_message_that_is_closed_does_not_come_back(server: Server, shop: Shop, windows: Windows) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/contact")
    await page.get_by_role("button", name="Minimise the chat").click()
    await until_fact(server, "dismissed")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button")).to_have_count(0)


async def test_who_writes_where_nobody_is_free_is_told_her_place_in_the_line(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    taken = await begin(await windows.open(f"{shop.origin}/button"), ana)
    page = await windows.open(f"{shop.origin}/queue", language="fr")
    box = page.get_by_role("textbox", name="Votre message")
    await box.fill("Bonjour")
    await box.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="Vous êtes le prochain.")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "widget-line-fr")
    await ana.end(taken)
    await expect(page.get_by_text("Ana est avec vous.")).to_be_visible()


# -- when nobody can answer


async def test_a_question_can_be_left_while_nobody_can_answer(server: Server, shop: Shop, windows: Windows) -> None:
    page = await windows.open(f"{shop.origin}/form")
    await page.get_by_role("button", name="Leave a message").click()
    await page.get_by_label("E-mail").fill("lea@example.com")
    await page.get_by_role("textbox", name="Your message").fill("When do you open?")
    await assert_accessible(page)
    await picture(page, "widget-offline-form")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Thank you: your message is on its way")).to_be_visible()
    await until_fact(server, "missed_contact")


async def test_what_stands_in_the_form_is_still_there_when_it_is_opened_again(
    server: Server, shop: Shop, windows: Windows
) -> None:
    page = await windows.open(f"{shop.origin}/form")
    opening = page.get_by_role("button", name="Leave a message")
    await opening.click()
    fields = [page.get_by_label("Name"), page.get_by_label("E-mail"), page.get_by_role("textbox", name="Your message")]
    await expect(fields[0]).to_be_focused()
    for text in ("Léa", "lea@example.com", "When do you open?"):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Minimise the chat").click()
    for reload in (False, True):
        if reload:
            await page.reload()
        await opening.click()
        for field, text in zip(fields, ("Léa", "lea@example.com", "When do you open?"), strict=True):
            await expect(field).to_have_value(text)


async def test_no_engagement_comes_while_a_conversation_is_open(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    await navigate(page, "/invite")
    await ana.say(assigned["conversation"], "Here I am.")
    await expect(page.get_by_text("Here I am.").first).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(1)
    await page.get_by_role("button", name="Minimise the chat").click()
    await expect(page.get_by_role("button", name="Open the chat")).to_be_visible()


async def test_what_is_offered_behind_a_chat_that_has_ended_is_told_as_shown_once_that_is_closed(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await page.evaluate("() => { offers = []; router('on', 'offer', event => offers.push(event.detail.action)); }")
    await begin(page, ana)
    await page.get_by_role("button", name="End the conversation").click()
    await expect(page.get_by_text("The conversation has ended.")).to_be_visible()
    await page.wait_for_function("() => offers.includes('button')")
    await page.evaluate("async () => { for (let i = 0; i < 5; i += 1) await new Promise(requestAnimationFrame); }")
    assert len(await server.facts("shown")) == 1
    await page.get_by_role("button", name="Minimise the chat").click()
    await expect(button(page)).to_be_focused()
    assert len(await server.facts("shown", at_least=2)) == 2


async def test_an_invitation_behind_a_chat_that_has_ended_is_there_once_that_is_closed(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await page.evaluate("() => { offers = []; router('on', 'offer', event => offers.push(event.detail.action)); }")
    await begin(page, ana)
    await page.get_by_role("button", name="End the conversation").click()
    await expect(page.get_by_text("The conversation has ended.")).to_be_visible()
    await navigate(page, "/invite")
    await page.wait_for_function("() => offers.includes('invitation')")
    await page.get_by_role("button", name="Minimise the chat").click()
    await expect(page.get_by_role("dialog", name="Hello")).to_be_visible()
    assert len(await server.facts("shown", at_least=2)) == 2
    assert await kinds(server, "dismissed") == []


async def test_a_chat_that_was_opened_and_not_written_in_is_not_open_on_the_next_page(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await button(page).click()
    await expect(page.get_by_role("dialog", name="Chat")).to_be_visible()
    await page.goto(f"{shop.origin}/invite")
    await expect(page.get_by_role("dialog", name="Hello")).to_be_visible()
    await page.goto(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
