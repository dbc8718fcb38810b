"""`connector doctor`: is everything in place, and what do the servers really do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connector.cli import frame
from connector.cli.examined import (
    Examined,
    document,
    print_checks,
    print_end,
    print_open,
    print_pair,
    still_open,
)
from connector.cli.output import Output
from connector.domain.errors import ConnectorError, ExitCode, worst

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from connector.config import PairSettings
    from connector.engine.pairs import Workshop


def doctor(
    config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False, verbose: frame.Verbose = False
) -> ExitCode:
    """Check everything before the first comparison, or when something is odd.

    Settings, database, clocks, whether both servers are reached and take the credentials, and what they really do
    where their documentation is silent. Only reads, some twenty requests a pair. With --verbose it lists what is
    still assumed of them.

    Ends with 0 if all is well, 78 if the settings need mending, 77 if credentials or permissions do, 1 otherwise.

    Example:  connector doctor --pair main
    """
    from connector.cli.opening import open_settings, quiet_log
    from connector.engine.budgets import shared_budgets
    from connector.engine.clock import SystemClock
    from connector.engine.doctor import Verdict, examine_database, examine_file, failed
    from connector.engine.pairs import Workshop
    from connector.state.database import open_state

    output = Output(as_json=json)
    settings, pairs = open_settings(config, pair)
    quiet_log(output, settings, verbose=False)
    first = [examine_file(settings)]
    engine: Engine | None = None
    try:
        engine = open_state(settings.database_url())
        first.append(examine_database(engine))
    except ConnectorError as error:
        first.append(failed("database", error))
    print_checks(output, first)
    clock = SystemClock()
    examined = asyncio.run(
        _examine_all(output, engine, Workshop(engine, clock, shared_budgets(engine, clock)) if engine else None, pairs)
    )
    checks = [*first, *(check for each in examined for check in [*each.checks, *each.writes])]
    open_ids = still_open(examined)
    code = worst([check.exit_code for check in checks if check.verdict is Verdict.FAIL])
    if json:
        output.document(document(first, examined, open_ids, code))
        return code
    print_open(output, open_ids, verbose=verbose)
    print_end(output, checks)
    return code


async def _examine_all(
    output: Output, engine: Engine | None, shop: Workshop | None, pairs: Sequence[PairSettings]
) -> list[Examined]:
    from connector.engine.doctor import examine_settings

    found = []
    for settings in pairs:
        each = Examined(settings.name, settings.mode)
        each.checks += examine_settings(settings)
        if all(check.exit_code is ExitCode.DONE for check in each.checks) and shop is not None and engine is not None:
            await _examine_servers(engine, shop, settings, each)
        found.append(each)
        print_pair(output, each)
    return found


async def _examine_servers(engine: Engine, shop: Workshop, settings: PairSettings, each: Examined) -> None:
    from connector.domain.values import SideName
    from connector.engine import doctor as examination

    pair = examination.known_pair(engine, settings, shop.clock.now())
    each.checks += examination.examine_mode(engine, pair)
    findings = {}
    try:
        async with examination.open_sides(shop, settings, pair.learned) as opened:
            for side in SideName:
                checks, findings[side] = await examination.examine_side(opened, side)
                each.checks += checks
    except ConnectorError as error:
        each.checks.append(examination.failed("servers", error))
    examination.keep_findings(engine, pair, findings, shop.clock.now())
    each.findings = {side.value: told for side, told in findings.items()}
    each.writes += examination.proved_writes(pair)
    each.genders = examination.observed_genders(engine, pair, settings)
