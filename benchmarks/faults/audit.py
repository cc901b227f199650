"""The end of a run: wait until everybody has everything, then compare all copies with the store."""

import asyncio
from collections.abc import Sequence

from benchmarks.faults.agent import Agent
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Copy, Ledger, Verdict
from benchmarks.faults.store import stored_texts
from benchmarks.faults.visitor import Visitor

CATCHES_UP_WITHIN_S = 20.0
"""While messages are acknowledged it is waited on: senders who were told to try again have much to say. What has not
arrived so long after the last acknowledgement is taken for lost."""

LOOK_EVERY_S = 0.25


async def audit(cluster: Cluster, ledger: Ledger, visitors: Sequence[Visitor], agents: Sequence[Agent]) -> Verdict:
    """The harm that was done to messages, once nothing more is on its way; these clients are here."""
    loop = asyncio.get_running_loop()
    acknowledged, deadline = -1, 0.0
    async with cluster.store.client() as redis:
        while True:
            if len(ledger.acknowledged) > acknowledged:
                acknowledged, deadline = len(ledger.acknowledged), loop.time() + CATCHES_UP_WITHIN_S
            stored = await stored_texts(redis, cluster.site_id)
            verdict = ledger.judge(stored, _complete(visitors, agents))
            # What is acknowledged while the store is read seems not to be stored, until it is read again.
            is_level = not (verdict.unanswered or verdict.false_acknowledgements or verdict.lost or verdict.gaps)
            if is_level or (loop.time() > deadline and len(ledger.acknowledged) == acknowledged):
                return verdict
            await asyncio.sleep(LOOK_EVERY_S)


def _complete(visitors: Sequence[Visitor], agents: Sequence[Agent]) -> list[Copy]:
    copies = [copy for visitor in visitors for copy in visitor.copies.values()]
    for agent in agents:
        copies += agent.held.values()
        copies += agent.ended
    return copies
