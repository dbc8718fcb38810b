"""Reports as files: readable by their owner alone, there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

from connector.domain.errors import ConnectorError
from connector.report.model import Report


def write_report(report: Report, form: str, path: Path, *, width: int = 100) -> None:
    """Writes the report to `path` (mode 0600, replaced at once when complete). `form`: terminal, json or html.

    Raises ConnectorError `report-unwritable` where the file can not be written.
    """
    write_private(path, lambda stream: print_to(report, form, stream, width=width))


def print_to(report: Report, form: str, stream: IO[str], *, width: int = 100) -> None:
    """Prints the report to a text stream in one of the three forms; `width` is for the terminal's."""
    if form == "json":
        from connector.report.json_report import write_json

        write_json(report, stream)
    elif form == "html":
        from connector.report.html import LIMIT, write_html

        wider = (
            report.limit if report.limit is None else max(report.limit, LIMIT)
        )  # a page has room that a terminal lacks
        write_html(replace(report, limit=wider), stream)
    else:
        from rich.console import Console

        from connector.report.terminal import print_report

        print_report(report, Console(file=stream, width=width, markup=False, emoji=False, highlight=False))


def write_private(path: Path, write: Callable[[IO[str]], None]) -> None:
    """Lets `write` fill a new file of mode 0600 beside `path`, then puts it in its place."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
                write(stream)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConnectorError(
            "report-unwritable",
            f"The report can not be written to {path}.",
            engineer=f"{path}: {error.strerror}",
            next_step="Name another file with -o.",
        ) from None
