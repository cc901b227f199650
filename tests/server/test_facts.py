"""Facts as they stand in the stream, whoever recorded them: each kind has the fields that the vocabulary names."""

from collections import defaultdict

from router.core.vocabulary.facts import FIELDS, FactKind
from tests.server.serving import Server

ALWAYS = {"id", "kind", "at", "visit"}
ONCE_ASSIGNED = {"agent", "group"}
OF_CHANGES_OF_HOLDER = {FactKind.UNASSIGNED, FactKind.REOPENED, FactKind.EXCLUSIONS_CLEARED}
"""See tests/contracts/test_facts.py."""


async def test_every_kind_has_the_fields_that_the_vocabulary_names(server: Server) -> None:
    ana = await server.online("ana")
    closer = await server.visitor_on("/button")
    await closer.send("dismiss", engagement=(await closer.offered())["engagement"])
    await (await server.visitor_on("/night")).until_counted()

    buyer = await server.visitor_on("/button")
    await buyer.send("engage", engagement=(await buyer.offered())["engagement"])
    waiting = await server.visitor_on("/queue")
    await waiting.offered()
    conversation = (await buyer.say("Hello"))["conversation"]
    assigned = await ana.assigned()
    await ana.say(conversation, "Hello yourself")
    await buyer.view("/invite")
    await waiting.say("Is anybody there?")
    await waiting.send("leave")
    await waiting.expect("conversation", state="closed")
    missed = await server.visitor_on("/button")
    await missed.until_counted()
    await ana.end(assigned, outcome="sale")
    await missed.offered()
    await buyer.send("rate", conversation=conversation, score=5, comment="Kind")
    await buyer.send("transaction", id="order", amount={"amount": 12990, "currency": "EUR"})
    for kind in ("rated", "transaction", "recovered", "stopped", "dismissed"):
        await server.facts(kind)

    found: dict[str, set[str]] = defaultdict(set)
    for fact in await server.facts():
        found[fact["kind"]] |= fact.keys() - ALWAYS
    assert set(found) == set(FactKind) - OF_CHANGES_OF_HOLDER
    for kind, fields in found.items():
        expected = FIELDS[FactKind(kind)]
        assert fields <= expected
        assert fields >= expected - ONCE_ASSIGNED
