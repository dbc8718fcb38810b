"""A page of many entries: what the first page holds, where the rest is, and what stays in memory and on disk."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError
from connector.domain.plan import Entry, EntryKind, Summary
from connector.report import parts
from connector.report.files import write_report
from connector.report.model import Report
from connector.report.parts import ROW_BYTES, chunks, lines_of, parts_of, shared_out
from tests.report.sample import ENTRIES, name, sample

UPDATE, CREATE, HOLD = ENTRIES[12], ENTRIES[14], ENTRIES[8]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 20 rows: what is said of a thousand is shown by twenty."""
    monkeypatch.setattr(parts, "FIRST_ROWS", 20)
    monkeypatch.setattr(parts, "PAGE_ROWS", 20)


def many(count: int, first: Entry = UPDATE) -> list[Entry]:
    return [replace(first, clopos_id=str(1000 + n), who=f"Guest {n:04d}") for n in range(count)]


def written(tmp_path: Path, report: Report) -> tuple[Path, list[Path]]:
    path = tmp_path / "a report & more.html"
    write_report(report, "html", path)
    folder = tmp_path / "a report & more.html.parts"
    return path, sorted(folder.iterdir()) if folder.exists() else []


def rows(text: str) -> int:
    return text.count("<tr data-part")


def test_a_short_report_is_one_file(tmp_path: Path) -> None:
    path, further = written(tmp_path, sample(many(20), limit=None))
    assert rows(path.read_text()) == 20
    assert further == []
    assert "linked pages" not in path.read_text()


def test_every_entry_is_on_exactly_one_page(tmp_path: Path) -> None:
    report = sample([*many(70), *many(3, HOLD), *many(45, CREATE)], limit=None, show_pii=True)
    path, further = written(tmp_path, report)
    texts = [path.read_text(), *(page.read_text() for page in further)]
    assert sum(rows(text) for text in texts) == 70 + 3 + 45
    assert rows(texts[0]) <= 20
    for n in range(70):
        assert sum(f"<b>{1000 + n}</b>" in text and 'data-part="update' in text for text in texts) == 1
    assert 'id="hold"' in texts[0]
    assert rows(texts[0].split('id="hold"')[1].split("</section>")[0]) == 3  # a short part is whole


def test_the_links_lead_there_and_back(tmp_path: Path) -> None:
    path, further = written(tmp_path, sample(many(70), limit=None))
    hrefs = re.findall(r'<a href="([^"#]+)"', path.read_text())
    assert [tmp_path / _unquoted(href) for href in hrefs] == further
    assert '<a href="a%20report%20%26%20more.html.parts/' in path.read_text()
    pages = [page.read_text() for page in further]
    assert [re.findall(r"Entries \d+ to \d+ of \d+", page) for page in pages] == [
        ["Entries 21 to 40 of 70"], ["Entries 41 to 60 of 70"], ["Entries 61 to 70 of 70"],
    ]  # fmt: skip
    assert ['rel="prev"' in page for page in pages] == [False, True, True]
    assert ['rel="next"' in page for page in pages] == [True, True, False]
    assert all('href="../a%20report%20%26%20more.html#update.checkandplace"' in page for page in pages)
    assert "Clopos 1020 … Clopos 1039" in path.read_text()


def test_further_pages_are_as_private_and_as_masked_as_the_first(tmp_path: Path) -> None:
    path, further = written(tmp_path, sample(many(50), limit=None))
    assert {stat.S_IMODE(page.stat().st_mode) for page in [path, *further]} == {0o600}
    assert stat.S_IMODE(further[0].parent.stat().st_mode) == 0o700
    for page in [path, *further]:
        assert "994551112234" not in page.read_text()
        assert "Names and numbers are masked." in page.read_text()
    path, further = written(tmp_path, sample(many(50), limit=None, show_pii=True))
    assert all("personal data" in page.read_text().split("<main")[0] for page in [path, *further])


def test_a_later_report_leaves_nothing_of_an_older_one(tmp_path: Path) -> None:
    _, before = written(tmp_path, sample(many(70), limit=None))
    _, after = written(tmp_path, sample(many(50), limit=None))
    assert len(before) == 3
    assert len(after) == 2
    path, none = written(tmp_path, sample(many(5), limit=None))
    assert none == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a report & more.html.parts"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(ConnectorError, match="report-unwritable"):
        written(tmp_path, sample(many(50), limit=None))
    assert [entry.name for entry in tmp_path.iterdir()] == [folder.name]
    assert (folder / "thesis.txt").read_text() == "mine"


def test_what_fails_half_way_leaves_the_older_report(tmp_path: Path) -> None:
    path, before = written(tmp_path, sample(many(50), limit=None))
    was = {page: page.read_text() for page in [path, *before]}

    def broken(kinds: Collection[EntryKind]) -> Iterable[Entry]:
        yield from many(60)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        written(tmp_path, replace(sample(many(70), limit=None), entries=broken))
    assert {page: page.read_text() for page in [path, *before]} == was
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, before[0].parent.name}


def test_without_a_place_for_further_pages_the_rest_is_counted() -> None:
    from tests.report.test_html import page

    text = page(sample(many(70), limit=None))
    assert rows(text) == 20
    assert "and 50 more" in text
    assert "-o report.html" in text


def test_one_page_is_in_memory_at_a_time(tmp_path: Path) -> None:
    walked, kept = 0, []

    def entries(kinds: Collection[EntryKind]) -> Iterable[Entry]:
        nonlocal walked
        for entry in many(1000):
            walked += 1
            if walked % 20 == 1 and walked > 41:
                kept.append(len(list(tmp_path.rglob("*-*.html"))))
            yield entry

    summary = Summary()
    summary.counts["update", "checkandplace", "changed"] = 1000
    written(tmp_path, replace(sample([], limit=None), summary=summary, entries=entries))
    assert kept == list(range(1, len(kept) + 1))  # each page is on disk before the page after the next is begun
    assert len(kept) == 47


def test_long_names_make_shorter_pages() -> None:
    wide = [replace(entry, who="ə" * 299, facts={"facts": ["&" * 290] * 5}) for entry in many(40)]
    report = sample([replace(entry, kind=EntryKind.LINK) for entry in wide], limit=None, show_pii=True)
    part = parts_of(report)[0]
    from markupsafe import escape

    found = list(chunks(((line, escape("; ".join(line.facts) + line.who)) for line in lines_of(report, part)), 20))
    assert sum(len(chunk.rows) for chunk in found) == 40
    assert all(sum(len(row.encode()) for row in chunk.rows) <= 20 * ROW_BYTES for chunk in found)
    assert len(found) > 2


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 200_000), max_size=14), st.integers(20, 2_000))
def test_the_room_is_shared_fairly(counts: Mapping[str, int], room: int) -> None:
    shares = shared_out(counts, room)
    assert shares.keys() == counts.keys()
    assert all(1 <= shares[key] <= counts[key] for key in counts)
    assert sum(shares.values()) <= max(room, len(counts))
    cut = [key for key in counts if shares[key] < counts[key]]
    if cut:
        least = min(shares[key] for key in cut)
        assert all(shares[key] <= least + 1 for key in counts)  # nobody has more than those who had to give
        assert sum(shares.values()) >= min(room, sum(counts.values())) - len(counts)


def test_a_row_of_every_page_is_escaped(tmp_path: Path) -> None:
    evil = [replace(entry, who="<script>alert(1)</script>\u202e", fields=(
        replace(entry.fields[0], after=name("<img src=x onerror=alert(1)>")),)) for entry in many(45)]  # fmt: skip
    path, further = written(tmp_path, sample(evil, limit=None, show_pii=True))
    for page in [path, *further]:
        text = page.read_text(encoding="utf-8")
        assert text.count("<script>") == 1
        assert "<img" not in text
        assert "\u202e" not in text


def _unquoted(href: str) -> str:
    from urllib.parse import unquote

    return unquote(href)
