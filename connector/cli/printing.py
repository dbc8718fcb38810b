"""Where reports go: the screen, a pipe, or files that their owner alone can read; one form for one or several pairs."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

import typer

from connector.cli.outfile import check_each, of_pair
from connector.cli.output import Output
from connector.domain.values import Json
from connector.report.ours import check_place, unwritable

if TYPE_CHECKING:
    from connector.report.model import Report

WIDTH = 100
"""Columns of a terminal report in a file."""
CLEAR = "This report shows guests' personal data: keep it as carefully as the guest list itself."


class Form(StrEnum):
    """The forms of a report."""

    TERMINAL = "terminal"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"
    CSV = "csv"
    XLSX = "xlsx"


LISTED: dict[Form, int | None] = dict.fromkeys(Form) | {Form.TERMINAL: 20}
"""Entries of a part that are printed unless all are asked for (None: all; a page has its own room for them)."""
TOGETHER = (Form.TERMINAL, Form.JSON)
"""Forms that hold several pairs in one file; of the others each pair has its own."""
ENDINGS = {
    "": Form.TERMINAL, ".txt": Form.TERMINAL, ".log": Form.TERMINAL, ".json": Form.JSON, ".html": Form.HTML,
    ".htm": Form.HTML, ".md": Form.MARKDOWN, ".csv": Form.CSV, ".xlsx": Form.XLSX,
}  # fmt: skip


def form_of_file(file: Path | None) -> Form:
    """The form that a file's ending asks for; that of the terminal without a file. Raises BadParameter for an ending
    that says nothing."""
    ending = file.suffix.lower() if file is not None else ""
    if ending not in ENDINGS:
        raise typer.BadParameter(
            f"a file that ends in {ending} is none of .html, .md, .csv, .xlsx, .json and .txt", param_hint="--output"
        )
    return ENDINGS[ending]


class Printed:
    """The reports of one command, added pair by pair. Used as a context: what was not ended leaves no half file.

    JSON is one document for all pairs: {"pairs": [report, ...], "errors": [...], "exit_code": n}. A page or a table is
    of one pair: with several, each pair's file carries its name.
    """

    def __init__(self, output: Output, form: Form, file: Path | None, pairs: Sequence[str] = ()) -> None:
        """`pairs`: whose reports are expected. Raises ConnectorError where the file of one cannot be written."""
        self._output, self._form, self._file, self._several = output, form, file, len(pairs) > 1
        if file is not None and self._several and form not in TOGETHER:
            check_each(file, pairs)
        self._stream: IO[str] | None = None
        self._beside: Path | None = None
        self._count = 0
        self.written: list[Path] = []

    def __enter__(self) -> Printed:
        if self._file is not None and self._form in TOGETHER:
            self._open(self._file)
        if self._form is Form.JSON:
            self._target().write('{"pairs": [')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def add(self, report: Report) -> None:
        """Prints one pair's report, streaming its entries."""
        if self._file is not None and self._form not in TOGETHER:
            self._write(report, self._file)
        else:
            self._print(report)
        self._count += 1

    def end(self, exit_code: int, errors: Sequence[Json]) -> None:
        """Everything is printed: closes the document, puts the file in its place and says where it is."""
        if self._form is Form.JSON:
            self._target().write(
                f'], "errors": {json.dumps(list(errors), ensure_ascii=False)}, "exit_code": {exit_code}}}\n'
            )
        self._target().flush()
        if self._stream is not None and self._count:
            self._keep()
        for path in self.written:
            self._output.say(f"Written to {path}, readable by you alone.")

    def _write(self, report: Report, file: Path) -> None:
        """A file of its own, with what belongs beside it."""
        from connector.report.files import write_report

        path = of_pair(file, report.header.pair) if self._several else file
        write_report(report, self._form.value, path)
        self.written.append(path)

    def _print(self, report: Report) -> None:
        from connector.report.files import print_to

        target = self._target()
        if self._form is Form.JSON:
            from connector.report.json_report import stream_json

            target.write(",\n" if self._count else "\n")
            for part in stream_json(report):
                target.write(part)
        elif self._form is Form.TERMINAL and self._stream is None:
            from connector.report.terminal import print_report

            print_report(report, self._output.out)
        else:
            if self._form is Form.TERMINAL and report.show_pii and self._count == 0:
                target.write(f"{CLEAR}\n\n")
            print_to(report, self._form.value, target, width=WIDTH)

    def _target(self) -> IO[str]:
        return self._stream or sys.stdout

    def _open(self, path: Path) -> None:
        check_place(path)
        self._path, self._beside = path, path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            descriptor = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            self._beside = None
            raise unwritable(path, error) from None
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")

    def _keep(self) -> None:
        """The file is whole: it takes its place."""
        if self._stream is None or self._beside is None:
            return
        try:
            self._stream.close()
            self._beside.replace(self._path)
        except OSError as error:
            raise unwritable(self._path, error) from None
        self.written.append(self._path)
        self._stream = self._beside = None

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._beside is not None:
            with suppress(OSError):
                self._beside.unlink()
