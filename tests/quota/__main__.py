"""`python -m tests.quota`: an hour at the quota in several settings, in virtual time, as a table."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.quota.hour import Plan, hour
from tests.quota.virtual import in_virtual_time

PLANS = (
    Plan("two processes on v1 (100 a minute, 1,000 an hour)", processes=2, api="v1", per_minute=100, per_hour=1000),
    Plan("two processes, 60 a minute", processes=2, per_minute=60),
    Plan("four processes, 60 a minute", processes=4, per_minute=60),
    Plan("two processes beside a stranger (12 of 60 a minute)", processes=2, per_minute=60, foreign=12),
    Plan("one process, 300 a minute", busy=2),
    Plan("two processes, 300 a minute", processes=2, busy=2),
)


def main() -> None:
    print("| setting | requests in an hour | of the quota | fullest minute | refused (429) | fewest : most a process |")
    print("| --- | --- | --- | --- | --- | --- |")
    for plan in PLANS:
        with tempfile.TemporaryDirectory() as folder:
            found = in_virtual_time(hour(plan, Path(folder)))
        shares = [sum(n for (process, _), n in found.work.items() if process == p) for p in range(plan.processes)]
        print(
            f"| {plan.name} | {found.served:,} | {found.used:.1%} | {found.fullest} of {plan.per_minute} "
            f"| {found.refused} | {min(shares):,} : {max(shares):,} |",
            flush=True,
        )


main()
