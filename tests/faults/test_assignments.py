"""What is folded from facts shows each broken rule: else the rows that count them would pass, whatever happened."""

from collections.abc import AsyncIterator

from benchmarks.faults.assignments import Assignments, fold


async def folded(*facts: tuple[str, str, str | None]) -> Assignments:
    """Of kinds, conversations and agents, with room for two conversations each."""

    async def read() -> AsyncIterator[dict[str, object]]:
        for kind, conversation, agent in facts:
            yield {"kind": kind, "conversation": conversation, **({} if agent is None else {"agent": agent})}

    return await fold(read(), 2)


def harm(found: Assignments) -> tuple[int, int, int]:
    return found.double, found.over_capacity, found.without_cause


async def test_nothing_is_found_where_each_change_has_its_fact() -> None:
    found = await folded(
        ("assigned", "c1", "ana"),
        ("assigned", "c2", "ana"),
        ("unassigned", "c1", "ana"),
        ("assigned", "c1", "ben"),
        ("closed", "c2", "ana"),
        ("assigned", "c3", "ana"),
        ("closed", "c4", None),
    )
    assert harm(found) == (0, 0, 0)
    assert found.assigned == 4
    assert found.holders == {"c1": "ben", "c3": "ana"}


async def test_a_conversation_that_two_got() -> None:
    assert harm(await folded(("assigned", "c1", "ana"), ("assigned", "c1", "ben"))) == (1, 0, 0)


async def test_an_agent_who_got_more_than_she_may_have() -> None:
    assert harm(await folded(*(("assigned", f"c{number}", "ana") for number in range(3)))) == (0, 1, 0)


async def test_a_conversation_taken_from_somebody_who_never_got_it() -> None:
    assert harm(await folded(("unassigned", "c1", "ana"))) == (0, 0, 1)
    assert harm(await folded(("assigned", "c1", "ana"), ("unassigned", "c1", "ben"))) == (0, 0, 1)
    assert harm(await folded(("assigned", "c1", "ana"), ("closed", "c1", "ben"))) == (0, 0, 1)
