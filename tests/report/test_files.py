"""Reports as files."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

import pytest

from connector.domain.errors import ConnectorError
from connector.report.files import write_private, write_report
from tests.report.sample import sample


@pytest.mark.parametrize(("form", "start"), [("html", "<!doctype html>"), ("json", '{"schema"'), ("terminal", "What")])
def test_only_the_owner_can_read_it(tmp_path: Path, form: str, start: str) -> None:
    path = tmp_path / "report"
    before = os.umask(0)
    try:
        write_report(sample(), form, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_an_older_report_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(sample(), "html", path)
    path.chmod(0o644)
    before = path.read_bytes()

    def fails(stream: IO[str]) -> None:
        stream.write("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_private(path, fails)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    write_report(sample(), "html", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError) as caught:
        write_report(sample(), "html", tmp_path / "nowhere" / "report.html")
    assert caught.value.code == "report-unwritable"
    assert caught.value.next_step == f"mkdir -p {tmp_path / 'nowhere'}, then the same command again"
