"""The fields on top of the desk show how it is, whatever was asked for."""

import orjson
from playwright.async_api import WebSocketRoute, expect

from tests.browser.desks import desk_of, desk_online, person
from tests.browser.windows import Windows
from tests.server.serving import Server


async def test_a_status_that_was_not_taken_is_not_shown_and_can_be_chosen_again(
    server: Server, windows: Windows
) -> None:
    who = await person(server, windows, "ana")
    lost: list[str] = []

    def lose_the_first_choice(socket: WebSocketRoute) -> None:
        """A store that is away for a moment."""
        upstream = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if orjson.loads(frame).get("status") is not None and not lost:
                lost.append(str(frame))
            else:
                upstream.send(frame)

        socket.on_message(pass_on)

    await who.route_web_socket("**/ws/agent*", lose_the_first_choice)
    ana = await desk_of(server, who, "ana")
    status = ana.page.get_by_role("combobox", name="My status")
    await status.select_option(label="Online")
    await server.until(lambda: bool(lost))
    await expect(status).to_have_value("offline")
    await ana.go("Online")
    await expect(status).to_have_value("online")


async def test_a_capacity_that_is_left_out_stays_what_it_was(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    capacity = ana.page.get_by_role("spinbutton", name="Conversations at once")
    await capacity.fill("4")
    await ana.page.keyboard.press("Tab")
    await expect(capacity).to_have_value("4")
    for wrong in ("", "-1", "1.5"):
        await capacity.fill(wrong)
        await ana.page.keyboard.press("Tab")
        await expect(capacity).to_have_value("4")
    await ana.page.reload()
    await expect(capacity).to_have_value("4")
