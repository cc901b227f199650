"""Tabs that are shared with another process: what becomes of them when it writes no more."""

from typing import Any, cast

import pytest

from router.core.vocabulary.ids import SiteId
from router.engine.background import Background
from router.engine.forwarding import QUIET_BEATS, Forwarding
from router.engine.letters import Letter, encode_letter
from router.engine.relays import Relay
from tests.engine.test_links import Recorder
from tests.engine.test_post import PostOffice

SITE = SiteId("site-1")


class Sharing:
    """A process that has a tab whose visit another one owns."""

    def __init__(self) -> None:
        self.office = PostOffice(0, failures=0)
        unused = cast("Any", None)
        self.forwarding = Forwarding(self.office, "p1", unused, unused, lambda live, token: None, Background())
        self.socket = Recorder()
        relays = self.forwarding.relays
        relay = Relay(relays._post, "p2", SITE, self.socket, relays._forget)
        relay.answer(True)
        relays._relays[relay.id] = relay

    def hear(self, number: int) -> None:
        """A letter of the owner comes, though nothing stands in it."""
        self.office._readers["p1"](encode_letter(Letter("p2", 1, number, [])))


@pytest.fixture
async def sharing() -> Sharing:
    there = Sharing()
    await there.office.listen("p2", lambda letter: None)
    await there.forwarding.listen()
    return there


async def test_the_tabs_of_an_owner_that_writes_no_more_come_again(sharing: Sharing) -> None:
    sharing.hear(1)
    for _ in range(QUIET_BEATS):
        sharing.forwarding.beat(SITE, ["p1", "p2"])
    assert sharing.socket.closed is None
    sharing.forwarding.beat(SITE, ["p1", "p2"])
    assert sharing.socket.closed == (1012, '{"retry_after": 1}')


async def test_an_owner_that_writes_keeps_its_tabs(sharing: Sharing) -> None:
    for number in range(1, 4 * QUIET_BEATS):
        if number % 3:
            sharing.hear(number)
        sharing.forwarding.beat(SITE, ["p1", "p2"])
        if not number % 3:
            sharing.hear(number)
    assert sharing.socket.closed is None


async def test_the_tabs_of_a_dead_owner_come_again_at_once(sharing: Sharing) -> None:
    sharing.forwarding.beat(SITE, ["p1"])
    assert sharing.socket.closed == (1012, '{"retry_after": 1}')
