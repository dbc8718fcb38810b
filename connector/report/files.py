"""Reports as files: readable by their owner alone, there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from connector.report import ours
from connector.report.model import Report
from connector.report.private import put_in_place

BYTE_ORDER_MARK = "\ufeff"
"""By it spreadsheet programs know that a CSV file is UTF-8. A pipe has none."""


def write_report(report: Report, form: str, path: Path, *, width: int = 100) -> None:
    """Writes the report to `path` (mode 0600, replaced at once when complete). `form`: terminal, json, html, markdown,
    csv or xlsx. A page that has no room for every entry gets a folder of further pages beside it (`FolderShelf`).

    Raises ConnectorError `report-unwritable` where the file cannot be written.
    """
    if form == "xlsx":
        from connector.report.sheets.writing import private_file
        from connector.report.workbook import write_workbook

        private_file(path, lambda beside: write_workbook(report, beside))
    elif form == "html":
        from connector.report.folder import FolderShelf
        from connector.report.html import write_html

        with unwritable(path):
            shelf = FolderShelf(path)
            shelf.check()
            try:
                write_private(path, lambda stream: write_html(report, stream, shelf), before=shelf.keep)
            finally:
                shelf.drop()
    else:
        mark = BYTE_ORDER_MARK if form == "csv" else ""

        def write(stream: IO[str]) -> None:
            stream.write(mark)
            print_to(report, form, stream, width=width)

        write_private(path, write)


def print_to(report: Report, form: str, stream: IO[str], *, width: int = 100) -> None:
    """Prints the report to a text stream in one of the forms that are text; `width` is for the terminal's."""
    if form == "json":
        from connector.report.json_report import write_json

        write_json(report, stream)
    elif form == "html":
        from connector.report.html import write_html

        write_html(report, stream)
    elif form == "markdown":
        from connector.report.markdown import write_markdown

        write_markdown(report, stream)
    elif form == "csv":
        from connector.report.table import write_csv

        write_csv(report, stream)
    else:
        from rich.console import Console

        from connector.report.terminal import print_report

        print_report(report, Console(file=stream, width=width, markup=False, emoji=False, highlight=False))


def write_private(
    path: Path, write: Callable[[IO[str]], None], before: Callable[[], None] = lambda: None
) -> None:  # fmt: skip
    """Lets `write` fill a new file of mode 0600 beside `path`, then puts it in its place; `before` is called when the
    file is whole."""
    with unwritable(path), put_in_place(path) as beside:
        with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            write(stream)
        before()


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Tells an OSError as what it means: ConnectorError `report-unwritable`."""
    try:
        yield
    except OSError as error:
        raise ours.unwritable(path, error) from None
