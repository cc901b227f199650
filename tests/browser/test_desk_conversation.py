"""An agent's side of a conversation: logged in, given it, answering, noting, closing."""

from playwright.async_api import expect

from tests.browser.desks import desk_online
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import Server


async def test_an_agent_logs_in_is_given_a_conversation_answers_and_closes_it(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, ack = await server.writer("Is it in stock?")
    await expect(ana.row("Is it in stock?")).to_contain_text("1 new")
    await ana.choose("Is it in stock?")
    await expect(ana.log).to_contain_text("Came by rule “Button” of campaign “Help”")
    await visitor.expect("read", seq=ack["seq"])
    await ana.say("It is, in blue.")
    assert (await visitor.expect("message"))["text"] == "It is, in blue."
    await visitor.send("read", seq=2)
    await expect(ana.log.get_by_title("Read", exact=True)).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-conversation")
    await ana.end("Resolved")
    await expect(ana.log).to_contain_text("This conversation is closed.")
    (closed,) = await server.facts("closed")
    assert closed["outcome"] == "resolved"
    await visitor.send("rate", conversation=ack["conversation"], score=5, comment="Quick!")
    await expect(ana.log).to_contain_text("Satisfaction: 5 of 5")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-closed")
