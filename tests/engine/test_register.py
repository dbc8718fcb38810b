"""Every alternative of every register entry, one at a time (docs/api: CL-01 to CL-50, CP-01 to CP-53)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.engine import lines
from tests.engine.cases import EXPECTED, FREE, NOT_SWITCHED, Case, all_cases
from tests.engine.harness import Bench

CASES = all_cases()
DOCS = Path(__file__).parents[2] / "docs" / "api"


@pytest.mark.parametrize(("switches", "case"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_lines_hold_or_the_run_stops_by_name(tmp_path: Path, switches: dict[str, str], case: Case) -> None:
    bench = Bench(
        tmp_path, switches=switches, api=case.api, pair=case.pair, clopos_table=case.clopos,
        checkandplace_table=case.checkandplace, replace=case.replace,
    )  # fmt: skip
    if case.stop is not None:
        with pytest.raises(lines.Stopped) as stopped:
            await lines.all_lines(bench)
        assert (stopped.value.code, stopped.value.exit_code) == case.stop
        assert bench.world.doubles_made() == []
        return
    if case.check is not None:
        await case.check(bench)
    else:
        await lines.all_lines(bench, must=case.must)
    assert bench.world.doubles_made() == []


def test_every_register_entry_and_alternative_has_a_case() -> None:
    registered = {
        entry
        for name in ("clopos.md", "checkandplace.md")
        for entry in re.findall(r"^\| (C[LP]-\d\d) \|", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(registered) == 103
    tried = {label[:5] for label, _switches, _case in CASES} | set(NOT_SWITCHED)
    assert registered - tried == set()
    labels = {label for label, _switches, _case in CASES}
    assert set(EXPECTED) <= labels
    numbers = {f"{label.partition('=')[0]}" for label in labels}
    assert not numbers & set(FREE)
