"""What a report of many operations costs to write and to open: `make bench` (100,000), `make bench SHORT=1` (6,000).

Each form is written by a process of its own, from entries that are made one by one. The page is then opened in a real
Chromium. What must hold whatever the size: the first page is below 2 MB, no page is larger, and memory does not grow
with the number of operations. The times are printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.report_worker import Written
from tests.report.chromium import chromium

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("BENCH", "short") == "full"
SMALL, LARGE = (10_000, 100_000) if FULL else (1_500, 6_000)
FORMS = {"html": "html", "csv": "csv", "markdown": "md", "json": "json", "xlsx": "xlsx"}
FIRST_PAGE = 2_000_000
GROWTH_MB = 25.0
"""What the larger report may take more: noise of the allocator. 90,000 entries in memory would be some 150 MB."""
SHOWN = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  const load = performance.getEntriesByType('navigation')[0];
  return {paint: paint.startTime, interactive: load.domInteractive, loaded: load.loadEventEnd};
}"""


def write(folder: Path, form: str, operations: int) -> Written:
    """The report of so many operations, written by a process of its own to `FOLDER/OPERATIONS.ENDING`."""
    path = folder / f"{operations}.{FORMS[form]}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.report_worker", str(path), form, str(operations)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800, check=True,
    )  # fmt: skip
    return Written(**json.loads(done.stdout))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def costs(folder: Path) -> dict[str, dict[int, Written]]:
    """Form -> operations -> what it cost; printed as one table."""
    told: dict[str, dict[int, Written]] = {}
    print(f"\n{'form':10} {'operations':>10} {'seconds (cpu)':>17} {'peak':>8} {'first':>11} {'all':>10} {'files':>6}")
    for form in FORMS:
        told[form] = {size: write(folder, form, size) for size in (SMALL, LARGE)}
        for size, one in told[form].items():
            print(
                f"{form:10} {size:10,} {one.seconds:9.1f} ({one.cpu:5.1f}) {one.peak_mb:5.0f} MB "
                f"{one.first_bytes / 1e6:8.2f} MB {one.all_bytes / 1e6:7.1f} MB {one.files:6}",
                flush=True,
            )
    return told


def test_the_first_page_is_small_and_so_is_every_other(costs: dict[str, dict[int, Written]], folder: Path) -> None:
    assert costs["html"][LARGE].first_bytes < FIRST_PAGE
    pages = list(folder.glob(f"{LARGE}.html.parts/*.html"))
    assert len(pages) >= LARGE // 1_000 - 3
    assert max(page.stat().st_size for page in pages) < FIRST_PAGE
    rows = sum(page.read_text().count("<tr data-part") for page in [folder / f"{LARGE}.html", *pages])
    assert rows == LARGE


def test_memory_does_not_grow_with_the_number_of_operations(costs: dict[str, dict[int, Written]]) -> None:
    grown = {form: round(sizes[LARGE].peak_mb - sizes[SMALL].peak_mb, 1) for form, sizes in costs.items()}
    print(f"\nmemory, {SMALL:,} to {LARGE:,} operations: {grown} MB")
    assert max(grown.values()) < GROWTH_MB, grown


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_first_page_opens(costs: dict[str, dict[int, Written]], folder: Path, scripts: bool) -> None:
    assert costs["html"][LARGE].files > 1
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900}).new_page()
        page.goto((folder / f"{LARGE}.html").as_uri())
        shown = page.evaluate(SHOWN)
        rows = page.locator("tr[data-part]").count()
        print(f"\nfirst page of {LARGE:,}, scripts {'on' if scripts else 'off'}: {rows} entries, shown after "
              f"{shown['paint']:.0f} ms, whole after {shown['loaded']:.0f} ms")  # fmt: skip
        assert rows > 500
        assert page.locator("nav.further a").count() == costs["html"][LARGE].files - 1
