"""Whatever a stranger may send: the right error names the field, the right code closes, and no neighbour notices."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.backends.redis.tickets import RedisTickets
from router.ports import Ticket
from router.settings import Settings
from tests.server.client import Agent, Visitor
from tests.server.serving import SECRET, Server, open_server

HELLO = '{"type":"hello","page":{"id":"p","url":"https://shop.example/"},"window":{"width":1,"height":1},"tab":"t"}'


@pytest.mark.parametrize(
    "options",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://shop.example"},
        {"origin": "https://shop.example:444"},
        {"origin": "null"},
        {"site": "unknown"},
        {"origin": None},
        {"origin": None, "query": "&app_key=wrong"},
    ],
    ids=str,
)
async def test_a_wrong_site_or_origin_is_accepted_and_closed_with_the_reason(
    server: Server, options: dict[str, str]
) -> None:
    visitor = await server.visitor(**options)
    code, reason = await visitor.closed()
    assert code == 1008
    assert reason


async def test_an_app_without_a_browser_sends_its_key(server: Server) -> None:
    app = await server.visitor(origin=None, query="&app_key=app-1")
    await app.hello("/")


async def test_who_does_not_say_hello_is_closed(server: Server) -> None:
    assert (await (await server.visitor()).closed())[0] == 4001


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ("not json", None),
        ("[]", None),
        ("{}", "type"),
        ('{"type":"hello"}', "page"),
        (HELLO.replace('"width":1', '"width":"1"'), "window.width"),
        (HELLO.replace('"https://shop.example/"', '""'), "page.url"),
    ],
)
async def test_a_bad_hello_is_named_and_closed(server: Server, frame: str, field: str | None) -> None:
    visitor = await server.visitor()
    await visitor.send_raw(frame)
    assert (await visitor.closed())[0] == 4001
    (error,) = visitor.heard
    assert error["type"] == "error"
    assert error.get("field") == field


async def test_the_first_message_is_hello(server: Server) -> None:
    visitor = await server.visitor()
    await visitor.send("ping")
    assert (await visitor.closed())[0] == 4001


async def test_three_malformed_messages_in_a_minute_close_and_the_neighbour_stays(server: Server) -> None:
    visitor, neighbour = await server.visitor_on("/"), await server.visitor_on("/")
    for _ in range(3):
        await visitor.send_raw('{"type":"page","id":7}')
    assert (await visitor.closed())[0] == 1008
    errors = [message for message in visitor.heard if message["type"] == "error"]
    assert [(error["code"], error["field"]) for error in errors] == [("bad_message", "id")] * 3
    await neighbour.until_counted()


@pytest.mark.parametrize(
    ("frame", "code", "field"),
    [
        ('{"type":"dance"}', "unknown_type", "type"),
        ('{"type":"page","id":"p"}', "bad_message", "url"),
        ('{"type":"say","client_msg_id":"m","text":""}', "bad_message", "text"),
        ('{"type":"say","client_msg_id":"m","text":"' + "x" * 4_001 + '"}', "too_long", "text"),
        ('{"type":"rate","conversation":"c","score":6}', "bad_message", "score"),
        ('{"type":"transaction","id":"o","amount":{"amount":-1,"currency":"EUR"}}', "bad_message", "amount.amount"),
        ('{"type":"window","width":1}', "bad_message", "height"),
        ("[" * 5_000, "bad_message", None),
        (HELLO, "bad_message", "type"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_wrong_with_a_message_is_named_and_the_connection_stays(
    server: Server, frame: str, code: str, field: str | None
) -> None:
    visitor = await server.visitor_on("/")
    await visitor.send_raw(frame)
    error = await visitor.expect("error")
    assert (error["code"], error.get("field")) == (code, field)
    assert error.get("client_msg_id") == ("m" if '"m"' in frame else None)
    await visitor.until_counted()


async def test_unknown_fields_are_ignored(server: Server) -> None:
    visitor = await server.visitor_on("/", colour="red", window={"width": 1, "height": 2, "depth": 3})
    await visitor.send("ping", payload={"a": [1]})
    await visitor.expect("pong")


async def test_custom_data_of_the_wrong_type_are_named_and_undeclared_ones_ignored(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/cart", data={"cart_value": "many", "logged_in": True})
    wrong = {"cart_value": True, "segment": "rich", "logged_in": 1, "undeclared": "ignored"}
    await visitor.send("data", values=wrong)
    await visitor.send("data", values={"cart_value": 200})
    await visitor.offered()
    errors = [message for message in visitor.heard if message["type"] == "error"]
    assert [error["field"] for error in errors] == ["data.cart_value"] + [
        f"data.{name}" for name in ("cart_value", "segment", "logged_in")
    ]
    assert {error["code"] for error in errors} == {"bad_message"}


async def test_too_many_custom_data_are_refused_whole(server: Server) -> None:
    visitor = await server.visitor_on("/")
    many = {f"name_{number}": 1 for number in range(51)}
    await visitor.send("data", values=many)
    error = await visitor.expect("error")
    assert (error["code"], error["field"]) == ("too_long", "values")
    await visitor.send("page", id="p2", url="https://shop.example/2", data=many)
    assert (await visitor.expect("error"))["field"] == "data"
    newcomer = await server.visitor()
    await newcomer.send_raw(HELLO.replace('"tab"', '"data":{' + ",".join(f'"n{i}":1' for i in range(51)) + '},"tab"'))
    assert (await newcomer.closed())[0] == 4001


async def test_texts_are_as_long_as_the_setting_says(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(replace(settings, visitor_text_characters=10)) as server:
        visitor = await server.visitor_on("/")
        form: dict[str, object] = {"client_msg_id": "m", "email": "a@b.example", "engagement": "e"}
        messages: list[tuple[str, str, dict[str, object]]] = [
            ("say", "text", {"client_msg_id": "m"}),
            ("offline_form", "text", form),
            ("typing", "text", {"on": True}),
            ("rate", "comment", {"conversation": "c", "score": 5}),
        ]
        for type_, field, fields in messages:
            await visitor.send(type_, **fields, **{field: "x" * 11})
            error = await visitor.expect("error", code="too_long")
            assert (error["field"], error.get("client_msg_id")) == (field, fields.get("client_msg_id"))
        await visitor.send("say", client_msg_id="m", text="x" * 10)
        assert (await visitor.expect("error"))["code"] == "no_rule"


async def test_a_page_whose_address_is_none_is_a_page_all_the_same(server: Server) -> None:
    visitor = await server.visitor_on("/")
    await visitor.send("page", id="p", url="http://[#x")
    await visitor.until_counted()


async def test_twenty_five_frames_a_second_are_never_limited_and_a_burst_of_more_is(server: Server) -> None:
    visitor = await server.visitor_on("/")
    for _ in range(50):
        await visitor.send("ping")
    for _ in range(50):
        assert (await visitor.next())["type"] == "pong"
    for _ in range(200):
        await visitor.send("ping")
    assert (await visitor.expect("error"))["code"] == "rate_limited"


async def test_a_flood_is_closed(server: Server) -> None:
    visitor = await server.visitor_on("/")
    for _ in range(1_500):
        await visitor.send("ping")
    assert (await visitor.closed())[0] == 1008


async def test_too_big_binary_and_broken_text_close_with_their_codes(server: Server) -> None:
    for frame, code in (("x" * 65_537, 1009), (b"\x00", 1003)):
        visitor = await server.visitor_on("/")
        await visitor.send_raw(frame)
        assert (await visitor.closed())[0] == code
    visitor = await server.visitor_on("/")
    await visitor.connection.send(b'{"type":"ping","x":"\xff"}', text=True)
    assert (await visitor.closed())[0] == 1007


async def test_a_ticket_opens_one_desk_once(server: Server) -> None:
    ticket = await server.ticket("ana")
    async with Agent.connect(server.address, ticket) as first, Agent.connect(server.address, ticket) as second:
        await first.expect("welcome")
        code, reason = await second.closed()
        assert (code, "ticket" in reason) == (1008, True)
    for wrong in ("", "unknown"):
        async with Agent.connect(server.address, wrong) as third:
            assert (await third.closed())[0] == 1008


async def test_a_desk_that_comes_while_the_server_begins_to_end_is_told_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    redeem = RedisTickets.redeem

    async def redeem_at_the_last_moment(tickets: RedisTickets, ticket: str) -> Ticket | None:
        found = await redeem(tickets, ticket)
        server.node.is_draining = True
        return found

    monkeypatch.setattr(RedisTickets, "redeem", redeem_at_the_last_moment)
    async with Agent.connect(server.address, await server.ticket("ana")) as ana:
        assert await ana.closed() == (1012, '{"retry_after": 3}')
    assert not server.node.desks.count()


async def test_a_browser_opens_a_desk_from_our_own_origin_only(server: Server) -> None:
    async with Agent.connect(server.address, await server.ticket("ana"), origin=server.address) as ours:
        await ours.expect("welcome")
    async with Agent.connect(server.address, await server.ticket("ana"), origin="https://evil.example") as evil:
        assert (await evil.closed())[0] == 1008


@pytest.mark.parametrize(("proxies", "believed"), [(["127.0.0.0/8"], True), (["10.0.0.0/8"], False), ([], False)])
async def test_our_own_origin_is_the_one_that_a_trusted_proxy_serves(
    proxies: list[str], believed: bool, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(replace(settings, trusted_proxies=proxies)) as server:
        origin = server.address.replace("http:", "https:")
        ticket = await server.ticket("ana")
        async with Agent.connect(server.address, ticket, origin=origin, X_Forwarded_Proto="https") as ana:
            if believed:
                await ana.expect("welcome")
            else:
                assert await ana.closed() == (1008, "origin not allowed")


async def test_an_agent_s_malformed_messages_are_named_and_the_third_closes(server: Server) -> None:
    ana = await server.desk("ana")
    await ana.send("dance")
    assert (await ana.expect("error"))["code"] == "unknown_type"
    for _ in range(3):
        await ana.send("say", conversation="c", client_msg_id="m")
        error = await ana.expect("error")
        assert (error["code"], error["field"], error["client_msg_id"]) == ("bad_message", "text", "m")
    assert (await ana.closed())[0] == 1008


async def test_an_agent_s_frame_that_is_too_big_or_binary_closes(server: Server) -> None:
    for frame, code in (("x" * 65_537, 1009), (b"\x00", 1003)):
        ana = await server.desk("ana")
        await ana.send_raw(frame)
        assert (await ana.closed())[0] == code


@pytest.mark.parametrize(("proxies", "country"), [(["127.0.0.0/8"], "FR"), ([], None)])
async def test_the_address_of_a_visitor_is_believed_from_trusted_proxies_only(
    proxies: list[str], country: str | None, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    places = Path(__file__).parents[2] / "config" / "demo" / "places.mmdb"
    trusting = replace(settings, trusted_proxies=proxies, geoip_database=str(places))
    async with open_server(trusting) as server:
        ana = await server.online("ana")
        visitor = await server.visitor(X_Forwarded_For="9.9.9.9, 192.0.2.7")
        await visitor.hello("/button")
        await visitor.offered()
        await visitor.say("Hello")
        assert (await ana.assigned())["visitor"].get("country") == country


async def test_a_visitor_who_cannot_be_read_disturbs_no_other(server: Server) -> None:
    neighbour = await server.visitor_on("/")
    wrong: list[str | bytes] = [b"\xff", "}", '{"type":', '{"type":"hello","page":null}', "\x00" * 100, '"' * 1000]
    for frame in wrong:
        async with Visitor.connect(server.address) as visitor:
            await visitor.send_raw(frame)
            await visitor.closed()
    await neighbour.until_counted()
