"""`python -m tests.quota`: an hour at the quota in several settings, in virtual time, as a table."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from connector.domain.quota import Window
from connector.engine.budgets import shared_budgets
from connector.engine.clock import SystemClock
from connector.sides.budget import Budget
from connector.state.database import open_state
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


def cost(requests: int = 1000) -> float:
    """Seconds of the processor that a request's pass costs at full speed, on SQLite."""

    async def spend(budget: Budget) -> None:
        for _ in range(requests):
            async with budget.request():
                pass

    with tempfile.TemporaryDirectory() as folder:
        engine = open_state(f"sqlite:///{folder}/state.db")
        budget = shared_budgets(engine, SystemClock()).get("clopos", [Window(10 * requests, 60.0)])
        begun = time.process_time()
        asyncio.run(spend(budget))
        engine.dispose()
    return (time.process_time() - begun) / requests


def main() -> None:
    print(f"a pass costs {cost() * 1000:.2f} ms of the processor\n")
    print("| setting | requests | of the quota | fullest minute | refused (429) | fewest : most steps |")
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
