"""Nothing is lost and nothing doubled, whatever happens to page, network and server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from benchmarks.ports import free_port
from tests.browser.shop import Shop, open_shop
from tests.browser.visitors import begin, button, messages, write
from tests.browser.windows import Windows
from tests.server.operating import Installation
from tests.server.serving import Server
from tests.server.talking import TalkingAgent
from tests.store.line import Line


@pytest_asyncio.fixture(loop_scope="session")
async def line(server: Server) -> AsyncIterator[Line]:
    """The network between the shop's visitors and the server."""
    opened = Line(int(server.address.rpartition(":")[2]))
    await opened.open()
    yield opened
    await opened.cut()


async def test_what_is_written_without_a_network_arrives_once_it_is_back(
    server: Server, windows: Windows, line: Line
) -> None:
    with open_shop(f"http://127.0.0.1:{line.port}") as shop:
        await server.apply(shop.document())
        ana = await server.online("ana")
        page = await windows.open(f"{shop.origin}/button")
        assigned = await begin(page, ana, "one")
        await expect(page.get_by_text("Ana is with you.")).to_be_visible()
        await line.cut()
        await expect(page.get_by_text("Connection lost")).to_be_visible()
        await write(page, "two")
        await write(page, "three")
        await ana.say(assigned["conversation"], "from Ana")
        await expect(messages(page)).to_contain_text(["one", "two", "three"])
        await line.open()
        await expect(messages(page)).to_contain_text(["one", "from Ana", "two", "three"])
        await expect(messages(page)).to_have_count(4)
        written = [await ana.expect("message", conversation=assigned["conversation"]) for _ in range(3)]
        assert sorted(each["text"] for each in written) == ["from Ana", "three", "two"]
        windows.faults.clear()  # the browser's own, of sockets that could not be opened


async def test_what_was_not_acknowledged_when_the_page_was_left_arrives_from_the_next(
    server: Server, windows: Windows, line: Line
) -> None:
    with open_shop(f"http://127.0.0.1:{line.port}") as shop:
        await server.apply(shop.document())
        ana = await server.online("ana")
        page = await windows.open(f"{shop.origin}/button")
        assigned = await begin(page, ana, "one")
        await expect(page.get_by_text("Ana is with you.")).to_be_visible()
        line.swallow()
        await write(page, "two")
        await page.goto("about:blank")
        line.pass_on()
        await page.goto(f"{shop.origin}/other")
        await expect(messages(page)).to_contain_text(["one", "two"])
        await expect(messages(page)).to_have_count(2)
        assert (await ana.expect("message", conversation=assigned["conversation"]))["text"] == "two"
        assert [each["text"] for each in await ana.rest() if each["type"] == "message"] == []


async def test_what_is_written_to_a_conversation_that_has_ended_outlives_that_the_chat_is_closed(
    server: Server, windows: Windows, line: Line
) -> None:
    with open_shop(f"http://127.0.0.1:{line.port}") as shop:
        await server.apply(shop.document())
        ana = await server.online("ana")
        page = await windows.open(f"{shop.origin}/button")
        assigned = await begin(page, ana, "one")
        await ana.end(assigned)
        await expect(page.get_by_text("The conversation has ended.")).to_be_visible()
        await line.cut()
        await write(page, "two")
        await expect(page.get_by_text("Connection lost")).to_be_visible()
        await page.get_by_role("button", name="Minimise the chat").click()
        await line.open()
        assert [each["text"] for each in (await ana.assigned())["messages"]] == ["one", "two"]
        await page.get_by_role("button", name="Open the chat").click()
        await expect(messages(page)).to_contain_text(["one", "two"])
        windows.faults.clear()  # the browser's own, of sockets that could not be opened


async def test_a_question_is_thanked_for_once_it_is_stored(server: Server, windows: Windows, line: Line) -> None:
    with open_shop(f"http://127.0.0.1:{line.port}") as shop:
        await server.apply(shop.document())
        page = await windows.open(f"{shop.origin}/form")
        await page.get_by_role("button", name="Leave a message").click()
        await page.get_by_label("E-mail").fill("lea@example.com")
        await page.get_by_role("textbox", name="Your message").fill("When do you open?")
        line.swallow()
        await page.get_by_role("button", name="Send").click()
        await expect(messages(page)).to_contain_text(["When do you open?"])
        thanks = page.get_by_text("Thank you: your message is on its way")
        await expect(thanks).to_have_count(0)
        line.pass_on()
        await expect(thanks).to_be_visible()
        await server.facts("missed_contact")


async def test_a_server_that_is_killed_and_started_again_loses_and_doubles_nothing(
    browser: Browser, windows: Windows, tmp_path: Path
) -> None:
    port = free_port()
    installation = Installation(tmp_path)
    with open_shop(f"http://127.0.0.1:{port}") as shop:
        installation.write_site(shop.document())
        address = await installation.serve("--port", str(port), "--apply", "site.yaml")
        key = (await installation.command("api-key", "--user", "ana@shop.example")).strip()
        ana = TalkingAgent(address, key)
        talking = asyncio.create_task(ana.run())
        try:
            page = await windows.open(f"{shop.origin}/queue")
            await write(page, "one")
            await ana.until_told(1)
            await ana.say("two")
            await expect(messages(page)).to_have_count(2)
            await installation.kill()
            await write(page, "three")
            await installation.serve("--port", str(port), "--apply", "site.yaml")
            await ana.until_told(3)
            await ana.say("four")
            await expect(messages(page)).to_contain_text(["one", "two", "three", "four"])
            await expect(messages(page)).to_have_count(4)
            assert sorted(ana.told.values()) == ["four", "one", "three", "two"]
        finally:
            talking.cancel()
            await installation.kill()
    windows.faults.clear()  # the browser's own, of sockets that could not be opened


async def test_two_tabs_show_one_conversation(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    person = await windows.person()
    first, second = await person.new_page(), await person.new_page()
    await first.goto(f"{shop.origin}/button")
    await expect(button(first)).to_be_visible()  # and is known by now, so that the other is the same visitor's
    await second.goto(f"{shop.origin}/elsewhere")
    assigned = await begin(first, ana, "one")
    await second.get_by_role("button", name="Open the chat").click()
    await expect(messages(second)).to_contain_text(["one"])
    await write(second, "two")
    await ana.expect("message", text="two")
    await ana.say(assigned["conversation"], "three")
    for tab in (first, second):
        await expect(messages(tab)).to_contain_text(["one", "two", "three"])
        await expect(messages(tab)).to_have_count(3)


async def test_a_duplicated_tab_does_not_take_the_socket_of_the_other(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    person = await windows.person()
    first = await person.new_page()
    await first.goto(f"{shop.origin}/button")
    await expect(button(first)).to_be_visible()
    async with person.expect_page() as opening:
        await first.evaluate("() => { window.open(location.href); }")  # has a copy of the session storage
    second = await opening.value
    await expect(button(second)).to_be_visible()
    await server.until(lambda: sum(len(visit.tabs) for visit in next(iter(server.sites.values())).visits.values()) == 2)
