"""What pabutools takes for the same count; run by bench/tally.py in an environment of its own, where pbvote is not.

Run: build/bench/bin/python bench/oracle.py TASK FILE.pb
"""

from __future__ import annotations

import json
import resource
import sys
import time

from pabutools.election import Cost_Sat, parse_pabulib  # type: ignore[import-not-found,unused-ignore]
from pabutools.rules import (  # type: ignore[import-not-found,unused-ignore]
    method_of_equal_shares,
    sequential_phragmen,
)


def main(task: str, file: str) -> None:
    """Print CPU seconds, peak memory in MB and how many projects were funded, as JSON."""
    started = time.process_time()
    instance, profile = parse_pabulib(file)
    funded = 0
    if task != "read":
        started = time.process_time()
        if task == "equal-shares":
            funded = len(method_of_equal_shares(instance, profile, sat_class=Cost_Sat))
        else:
            funded = len(sequential_phragmen(instance, profile))
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "funded": funded}))


if __name__ == "__main__":
    main(*sys.argv[1:])
