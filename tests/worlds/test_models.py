"""The models have every method of their ports, with the same parameters. Whether they do the same, the parity tells."""

import inspect

import pytest

from router import ports
from tests.worlds.model.conversations import ConversationsModel
from tests.worlds.model.others import FactsModel, TicketsModel, VisitsModel
from tests.worlds.model.presence import PresenceModel
from tests.worlds.model.workers import WorkersModel

NOT_ASKED_BY_THE_ENGINE = {"Facts": {"read"}}
IN_A_WAY_OF_THEIR_OWN = {"Workers": {"listen"}}


@pytest.mark.parametrize(
    ("port", "model"),
    [
        (ports.Conversations, ConversationsModel),
        (ports.Presence, PresenceModel),
        (ports.Visits, VisitsModel),
        (ports.Facts, FactsModel),
        (ports.OneTimeTickets, TicketsModel),
        (ports.Workers, WorkersModel),
    ],
)
def test_a_model_follows_its_port(port: type, model: type) -> None:
    left_out = NOT_ASKED_BY_THE_ENGINE.get(port.__name__, set()) | IN_A_WAY_OF_THEIR_OWN.get(port.__name__, set())
    methods = [name for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")]
    for name in sorted(set(methods) - left_out):
        wanted = inspect.signature(getattr(port, name)).parameters
        has = inspect.signature(getattr(model, name)).parameters
        assert list(has) == list(wanted), name
        assert [each.kind for each in has.values()] == [each.kind for each in wanted.values()], name
