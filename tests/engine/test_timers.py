"""The timer wheel against a model that keeps a plain dictionary of moments."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.engine.timers import SLOTS, Wheel

TICK_MS = 50
TURN_MS = SLOTS * TICK_MS


class Alarm:
    """A timed item with a name."""

    def __init__(self, name: int = 0) -> None:
        self.name = name
        self.due_tick = 0
        self.slot_tick = 0


def entries(wheel: Wheel[Alarm]) -> int:
    return sum(len(slot) for slot in wheel._slots)


def fired(wheel: Wheel[Alarm], now_ms: int) -> list[int]:
    names: list[int] = []
    wheel.advance(now_ms, lambda alarm: names.append(alarm.name))
    return names


moments = st.integers(0, 3 * TURN_MS)
steps = st.one_of(st.integers(0, 3 * TICK_MS), st.integers(0, TURN_MS // 3), st.just(2 * TURN_MS + 7))
operations = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), st.integers(0, 4), moments),
        st.tuples(st.just("disarm"), st.integers(0, 4), st.just(0)),
        st.tuples(st.just("advance"), st.just(0), steps),
    ),
    max_size=60,
)


@given(operations)
def test_every_item_fires_once_never_early_and_within_a_tick_of_its_moment(script: list[tuple[str, int, int]]) -> None:
    now = 1_000_000
    wheel: Wheel[Alarm] = Wheel(now, TICK_MS)
    alarms = [Alarm(name) for name in range(5)]
    due: dict[int, int] = {}
    for operation, name, value in script:
        if operation == "arm":
            wheel.arm(alarms[name], now + value)
            due[name] = now + value
        elif operation == "disarm":
            wheel.disarm(alarms[name])
            due.pop(name, None)
        else:
            now += value
            names = fired(wheel, now)
            assert len(names) == len(set(names))
            assert all(due[name] <= now for name in names), "fired early, or twice"
            for name in names:
                del due[name]
            assert all(moment > now - 2 * TICK_MS for moment in due.values()), "forgotten"


@given(st.lists(st.tuples(moments, st.integers(0, 200)), min_size=1, max_size=200))
def test_moved_items_leave_no_entries_behind(moves: list[tuple[int, int]]) -> None:
    now = 0
    wheel: Wheel[Alarm] = Wheel(now, TICK_MS)
    alarm = Alarm()
    for moment, step in moves:
        wheel.arm(alarm, now + moment)
        now += step
        fired(wheel, now)
    wheel.arm(alarm, now + 10 * TURN_MS)
    fired(wheel, now + TURN_MS)
    assert entries(wheel) == 1


def test_moving_to_a_later_moment_adds_no_entry() -> None:
    wheel: Wheel[Alarm] = Wheel(0, TICK_MS)
    alarm = Alarm()
    for moment in range(1_000, 100_000, 50):
        wheel.arm(alarm, moment)
    assert entries(wheel) == 1


def test_a_disarmed_item_does_not_fire_and_can_be_armed_again() -> None:
    wheel: Wheel[Alarm] = Wheel(0, TICK_MS)
    alarm = Alarm(7)
    wheel.arm(alarm, 100)
    wheel.disarm(alarm)
    assert fired(wheel, 1_000) == []
    wheel.arm(alarm, 1_100)
    assert fired(wheel, 1_049) == []
    assert fired(wheel, 1_100) == [7]
    assert fired(wheel, 9_000) == []


@pytest.mark.parametrize("late", [0, -1, -10_000])
def test_a_moment_in_the_past_fires_at_the_next_tick(late: int) -> None:
    wheel: Wheel[Alarm] = Wheel(20_000, TICK_MS)
    wheel.arm(Alarm(3), 20_000 + late)
    assert fired(wheel, 20_000) == []
    assert fired(wheel, 20_000 + TICK_MS) == [3]


def test_firing_may_arm_and_disarm_others_of_the_same_tick() -> None:
    wheel: Wheel[Alarm] = Wheel(0, TICK_MS)
    first, put_off, cancelled = Alarm(1), Alarm(2), Alarm(3)
    names: list[int] = []

    def meddle(alarm: Alarm) -> None:
        names.append(alarm.name)
        if alarm is first:
            wheel.arm(put_off, 500)
            wheel.disarm(cancelled)

    fire: Callable[[Alarm], None] = meddle
    for alarm in (first, put_off, cancelled):
        wheel.arm(alarm, 100)
    wheel.advance(499, fire)
    assert names == [1]
    wheel.advance(500, fire)
    assert names == [1, 2]
    assert entries(wheel) == 0


def test_an_item_that_arms_itself_again_fires_once_a_period() -> None:
    wheel: Wheel[Alarm] = Wheel(0, TICK_MS)
    alarm = Alarm()
    rounds: list[int] = []

    def again(item: Alarm) -> None:
        rounds.append(1)
        wheel.arm(item, len(rounds) * 1_000 + 1_000)

    wheel.arm(alarm, 1_000)
    wheel.advance(10_000, again)
    assert len(rounds) == 10
