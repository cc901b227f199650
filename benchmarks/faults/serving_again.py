"""When all is well again: every process stores messages."""

import asyncio
from math import inf

from benchmarks.faults.base_load import BaseLoad
from benchmarks.faults.waiting import until


async def until_all_serve(load: BaseLoad) -> float:
    """Seconds until every process with clients has acknowledged a message; infinite when one never does."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    def all_serve() -> bool:
        workers = {client.worker for client in load.clients if client.is_here}
        return bool(workers) and all(load.ledger.served_at.get(worker, 0.0) > start for worker in workers)

    return loop.time() - start if await until(all_serve) else inf
