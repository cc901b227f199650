"""Conversations that change hands: given to somebody who is free, to a group, taken over, or lost while one writes."""

from playwright.async_api import WebSocketRoute, expect

from tests.browser.desks import desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import Server


async def test_the_picker_shows_who_is_free_and_hands_over_by_keys(server: Server, windows: Windows) -> None:
    ana, ben = await desk_online(server, windows, "ana"), await desk_online(server, windows, "ben")
    await ben.go("Away")
    _, _ = await server.writer("For somebody else")
    await ana.choose("For somebody else")
    await ana.page.keyboard.press("Escape")
    await ana.page.keyboard.press("t")
    picker = ana.page.get_by_role("dialog", name="Transfer to")
    await expect(picker.get_by_role("button", name="Carl")).to_be_disabled()
    await expect(picker.get_by_role("button", name="Ben")).to_be_disabled()
    await ben.go("Online")
    await expect(picker.get_by_role("button", name="Ben")).to_contain_text("1 free place")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-transfer")
    await ana.page.keyboard.type("be")
    await ana.page.keyboard.press("Enter")
    await expect(ana.log).to_contain_text("This conversation was transferred.")
    await ben.choose("For somebody else")
    await expect(ben.log.get_by_role("listitem")).to_have_count(1)


async def test_a_transfer_to_a_group_where_nobody_is_free_waits_there(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await server.writer("For the group")
    await ana.choose("For the group")
    await ana.page.get_by_role("button", name="Transfer").click()
    await ana.page.get_by_role("dialog").get_by_role("button", name="Night").click()
    await expect(ana.log).to_contain_text("This conversation was transferred.")
    maud = await desk_of(server, await person(server, windows, "maud"), "maud")
    await maud.page.get_by_role("button", name="Waiting").click()
    waiting = maud.page.get_by_role("listitem").filter(has=maud.page.get_by_role("button", name="Take over"))
    await expect(waiting).to_contain_text("Night")


async def test_a_manager_sees_who_holds_what_and_takes_over(server: Server, windows: Windows) -> None:
    ana, maud = await desk_online(server, windows, "ana"), await desk_online(server, windows, "maud")
    visitor, _ = await server.writer("I want the manager")
    await ana.choose("I want the manager")
    await ana.reply.fill("What I was about to say")
    await maud.page.get_by_role("button", name="Waiting").click()
    await expect(maud.page.get_by_text("with Ana")).to_be_visible()
    await assert_accessible(maud.page)
    await picture(maud.page, "desk-waiting")
    await maud.page.get_by_role("button", name="Take over").click()
    await maud.page.get_by_role("button", name="Mine").click()
    await maud.choose("I want the manager")
    await maud.say("This is the manager.")
    assert (await visitor.expect("message"))["name"] == "Maud"
    await expect(ana.log).to_contain_text("A manager took this conversation over.")
    await expect(ana.reply).to_have_value("What I was about to say")


async def test_who_has_no_free_place_is_told_so(server: Server, windows: Windows) -> None:
    await server.online("ana")
    maud = await desk_online(server, windows, "maud")
    await maud.set_capacity(0)
    await server.writer("Hello")
    await maud.page.get_by_role("button", name="Waiting").click()
    await maud.page.get_by_role("button", name="Take over").click()
    await expect(maud.page.get_by_text("You have no free place.")).to_be_visible()
    await maud.page.get_by_role("button", name="Dismiss").click()
    await expect(maud.page.get_by_text("You have no free place.")).to_have_count(0)


async def test_a_stale_desk_is_told_so_and_what_was_written_is_kept(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")

    def hear_of_no_loss(socket: WebSocketRoute) -> None:
        """A network that drops what it should carry."""
        upstream = socket.connect_to_server()
        upstream.on_message(lambda frame: None if '"unassigned"' in str(frame) else socket.send(frame))

    await who.route_web_socket("**/ws/agent*", hear_of_no_loss)
    ana, maud = await desk_of(server, who, "ana"), await server.desk("maud")
    await ana.go("Online")
    _, ack = await server.writer("Hello")
    await ana.choose("Hello")
    await maud.send("take", conversation=ack["conversation"], version=1)
    await maud.assigned()
    await ana.reply.fill("A long answer")
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.get_by_text("This conversation is no longer yours. What you wrote is kept.")).to_be_visible()
    await expect(ana.log).to_contain_text("This conversation is no longer yours.")
    await expect(ana.reply).to_have_value("A long answer")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-stale")
