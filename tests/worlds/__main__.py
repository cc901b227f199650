"""`python -m tests.worlds --seeds 200`: so many worlds, over all cores; the first that fails, with its last lines."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.worlds.outcome import Outcome, run_world

TAIL_LINES = 60


def main() -> int:
    """Run worlds until all are done or one has failed; the exit status tells."""
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--seeds", type=int, default=30, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--lines", type=int, default=TAIL_LINES, help="of the trace of a world that failed")
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for outcome in pool.map(run_world, seeds):
            if outcome.violation is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                _tell(outcome, chosen.lines)
                return 1
    print(f"{len(seeds)} worlds, seeds {seeds[0]} to {seeds[-1]}: all is well ({time.monotonic() - began:.0f} s)")
    return 0


def _tell(outcome: Outcome, lines: int) -> None:
    print(*outcome.tail[-lines:], sep="\n")
    print(f"\nseed {outcome.seed}: {outcome.violation}")
    print(f"again, with more of the trace: python -m tests.worlds --seeds 1 --first {outcome.seed} --lines 400")


if __name__ == "__main__":
    sys.exit(main())
