"""Writes the report of a plan of many operations, in a process of its own, and prints what it cost as JSON.

    python -m tests.benchmarks.report_worker FILE FORM OPERATIONS

Nine in ten operations are corrections of a name and a number, the others new customers; the entries are made one by
one while they are written, so that what is measured is the printer's own memory.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from connector.domain.plan import Entry, EntryKind, Summary
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.report.files import write_report
from connector.report.model import Report
from tests.benchmarks.town import FAMILY, GIVEN
from tests.report.sample import HEADER, change, name, phone, sample


@dataclass(frozen=True, slots=True)
class Written:
    """What a report cost: seconds by the wall's clock and of the processor, the most memory ever held, bytes of the
    file and of what is beside it, and how many files there are."""

    seconds: float
    cpu: float
    peak_mb: float
    first_bytes: int
    all_bytes: int
    files: int


def entries(operations: int, kinds: Collection[EntryKind]) -> Iterator[Entry]:
    """The plan's entries of these kinds."""
    creates = operations // 10
    if EntryKind.UPDATE in kinds:
        for n in range(operations - creates):
            yield _update(n)
    if EntryKind.CREATE in kinds:
        for n in range(creates):
            yield _create(n)


def _name(n: int) -> str:
    return f"{GIVEN[n % len(GIVEN)]} {FAMILY[n // 7 % len(FAMILY)]}"


def _update(n: int) -> Entry:
    before, after = f"+99450{n:07d}", f"+99451{n:07d}"
    changes = (
        change("name", row="only_clopos_changed", before=name(f"{_name(n)}a"), after=name(_name(n))),
        change("phone", row="only_clopos_changed", before=phone(before), after=phone(after)),
    )
    return Entry(EntryKind.UPDATE, CHECKANDPLACE, str(n + 1), f"6a1f6c1e-2b7d-4a53-9a0e-{n:012d}", who=_name(n),
                 reason="changed", fields=changes)  # fmt: skip


def _create(n: int) -> Entry:
    side: SideName = CLOPOS if n % 2 else CHECKANDPLACE
    changes = (change("name", after=name(_name(n))), change("phone", after=phone(f"+99455{n:07d}")))
    one = Entry(EntryKind.CREATE, side, who=_name(n), reason="nobody_there", fields=changes)
    return replace(one, clopos_id=None, checkandplace_id=str(n)) if side is CLOPOS else replace(one, clopos_id=str(n))


def report(operations: int) -> Report:
    """The report of that many operations, in the clear, every entry."""
    summary = Summary()
    for entry in entries(operations, tuple(EntryKind)):
        summary.add(entry)
    header = replace(HEADER, links=operations)
    made = sample([], header, show_pii=True, limit=None)
    return replace(made, summary=summary, entries=lambda kinds: entries(operations, kinds))


def peak_mb() -> float:
    """The most memory that this program held (Linux). `getrusage` would count what held its parent, too."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return round(int(found[1]) / 1024, 1)


def main(file: str, form: str, operations: str) -> None:
    path, made = Path(file), report(int(operations))
    wall, cpu = time.perf_counter(), time.process_time()
    write_report(made, form, path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    files = [path, *path.parent.glob(f"{path.name}.parts/*")]
    sizes = [one.stat().st_size for one in files]
    print(json.dumps(asdict(Written(round(wall, 2), round(cpu, 2), peak_mb(), sizes[0], sum(sizes), len(files)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
