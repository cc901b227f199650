"""The waiting line: its order, and what those who stand in it are told of their position and expected wait."""

from router.core.routing.waiting_line import USUAL_HANDLING
from tests.server.serving import Server

HANDLING_SECONDS = USUAL_HANDLING // 1000


async def test_the_expected_wait_follows_the_agents_who_come_and_go(server: Server) -> None:
    ana = await server.online("ana")
    await server.writer(path="/queue")
    await ana.assigned()
    ben = await server.online("ben")
    await server.writer(path="/queue")
    await ben.assigned()
    visitor, _ = await server.writer(path="/queue")
    queued = await visitor.expect("conversation", state="queued", position=1)
    assert queued["expected_wait"] == HANDLING_SECONDS // 2
    await ben.go("away")
    told = await visitor.expect("conversation", reason="position", expected_wait=HANDLING_SECONDS)
    assert (told["version"], told["position"]) == (queued["version"], 1)
    await ben.go("online")
    await visitor.expect("conversation", reason="position", expected_wait=HANDLING_SECONDS // 2)


async def test_nobody_knows_how_long_it_takes_when_nobody_is_there(server: Server) -> None:
    ana = await server.online("ana")
    await server.writer(path="/queue")
    await ana.assigned()
    visitor, _ = await server.writer(path="/queue")
    await visitor.expect("conversation", state="queued", expected_wait=HANDLING_SECONDS)
    await ana.go("away")
    told = await visitor.expect("conversation", reason="position")
    assert "expected_wait" not in told


async def test_who_leaves_the_line_moves_the_others_up(server: Server) -> None:
    ana = await server.online("ana")
    await server.writer(path="/queue")
    await ana.assigned()
    line = [(await server.writer(path="/queue"))[0] for _ in range(3)]
    for position, visitor in enumerate(line, start=1):
        await visitor.expect("conversation", state="queued", position=position)
    await line[0].send("leave")
    for position, visitor in enumerate(line[1:], start=1):
        moved = await visitor.expect("conversation", reason="position", position=position)
        assert moved["expected_wait"] == position * HANDLING_SECONDS


async def test_a_manager_sees_the_lines_of_all_groups_and_an_agent_those_of_hers(server: Server) -> None:
    ana, maud = await server.online("ana"), await server.desk("maud")
    await server.writer(path="/queue")
    await server.writer(path="/queue")
    sales, night = (each["id"] for each in ana.welcome["site_groups"])
    while (lines := {each["id"]: each["waiting"] for each in (await maud.expect("queue"))["groups"]}) != {
        sales: 1,
        night: 0,
    }:
        assert lines.keys() == {sales, night}
    assert {each["id"] for each in (await ana.expect("queue"))["groups"]} == {sales}
