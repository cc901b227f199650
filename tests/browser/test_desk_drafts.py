"""What is typed at a desk and not sent: a note stays a note, nothing is lost, and nobody else gets it."""

import asyncio

import orjson
from playwright.async_api import WebSocketRoute, expect

from tests.browser.desks import Desk, desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.browsing import give_password
from tests.server.serving import Server


async def test_a_reply_and_a_note_are_written_apart(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    note, keys = ana.page.get_by_role("textbox", name="Note"), ana.page.keyboard
    await keys.press("n")
    await keys.type("A difficult customer")
    await keys.press("Escape")
    await keys.press("r")
    await expect(ana.reply).to_have_value("")
    await keys.type("Good morning.")
    await keys.press("Escape")
    await keys.press("n")
    await expect(note).to_have_value("A difficult customer")
    await expect(ana.page.get_by_role("button", name="Reply draft")).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-two-drafts")
    await keys.press("Escape")
    await keys.press("r")
    await keys.press("Enter")
    assert (await visitor.expect("message"))["text"] == "Good morning."
    await keys.press("Escape")
    await keys.press("n")
    await expect(note).to_have_value("A difficult customer")


async def test_a_note_is_never_told_to_the_visitor_as_typing(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.page.keyboard.press("n")
    await ana.page.keyboard.type("A difficult customer")
    await ana.page.keyboard.press("Escape")
    await ana.page.keyboard.press("r")
    await expect(ana.reply).to_be_focused()
    assert not [heard for heard in await visitor.rest() if heard["type"] == "typing"]


async def test_what_is_written_where_one_has_nothing_to_say_any_more_can_be_taken_along(
    server: Server, windows: Windows
) -> None:
    ana, maud = await desk_online(server, windows, "ana"), await server.online("maud")
    _, ack = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("A long answer")
    await maud.send("take", conversation=ack["conversation"], version=1)
    await expect(ana.log).to_contain_text("A manager took this conversation over.")
    await ana.page.reload()
    stranded = ana.page.get_by_role("textbox", name="Perhaps not sent")
    await expect(stranded).to_have_value("A long answer")
    await ana.page.get_by_role("button", name="Copy").click()
    await expect(ana.page.get_by_role("button", name="Copied")).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-stranded")
    await ana.page.get_by_role("searchbox").focus()
    await ana.page.keyboard.press("Control+v")
    await expect(ana.page.get_by_role("searchbox")).to_have_value("A long answer")
    await ana.page.get_by_role("button", name="Dismiss").click()
    await expect(stranded).to_have_count(0)
    await ana.page.reload()
    await expect(ana.page.get_by_role("combobox", name="My status")).to_be_enabled()
    await expect(stranded).to_have_count(0)


async def test_who_logs_in_next_gets_nothing_of_what_was_written(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    await give_password(server, "ben")
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("A secret")
    await who.clear_cookies()
    await ana.page.reload()
    await Desk(ana.page).log_in("ben")
    assert await ana.page.evaluate("JSON.stringify(sessionStorage).includes('secret')") is False


async def test_what_is_said_while_a_message_waits_to_be_sent_again_comes_after_it(
    server: Server, windows: Windows
) -> None:
    who = await person(server, windows, "ana")
    refused = asyncio.Event()

    def take_the_first_later(socket: WebSocketRoute) -> None:
        """A store that was away for a moment."""
        upstream = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            message = orjson.loads(frame)
            if message["type"] == "say" and not refused.is_set():
                refusal = {"type": "error", "code": "retry", "message": "…", "client_msg_id": message["client_msg_id"]}
                socket.send(orjson.dumps(refusal).decode())
                refused.set()
            else:
                upstream.send(frame)

        socket.on_message(pass_on)

    await who.route_web_socket("**/ws/agent*", take_the_first_later)
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    for text in ("One", "Two"):
        await ana.reply.fill(text)
        await ana.page.keyboard.press("Enter")
        await refused.wait()
    assert [(await visitor.expect("message"))["text"] for _ in range(2)] == ["One", "Two"]
    await expect(ana.log.get_by_title("Sent", exact=True)).to_have_count(2)


COUNT_WRITES = """() => {
  writes = 0;
  const set = Storage.prototype.setItem;
  Storage.prototype.setItem = function (...item) { writes += 1; set.apply(this, item); };
}"""


async def test_only_what_is_kept_is_written_down(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await expect(ana.page).to_have_title("Desk")
    await ana.page.evaluate(COUNT_WRITES)
    await visitor.send("typing", on=True, text="I would like")
    await expect(ana.log).to_contain_text("I would like")
    assert await ana.page.evaluate("() => writes") == 0
    await ana.reply.fill("Yes?")
    await ana.page.wait_for_function("() => writes > 0")
