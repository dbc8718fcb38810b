"""The file of `-o`: looked at before anything is read or sent, so that nobody waits for a result that has no place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer


def checked_file(context: typer.Context, value: Path | None) -> Path | None:
    """Callback of every option that names a file for a result. Raises BadParameter for `-`, and ConnectorError where
    the file cannot be written or is not ours to replace (`connector.report.ours`)."""
    if value is None or context.resilient_parsing:  # the second while a shell asks for completions
        return value
    named(value)
    from connector.report.ours import check_place

    check_place(value)
    return value


def of_pair(file: Path, pair: str) -> Path:
    """The file of one of several pairs: it carries its name."""
    return file.with_stem(f"{file.stem}-{pair}")


def check_each(file: Path, pairs: Iterable[str]) -> None:
    """The same as `checked_file` of the file of each pair, where several pairs have one each."""
    from connector.report.ours import check_place

    for pair in pairs:
        check_place(of_pair(file, pair))


def named(value: Path) -> None:
    """Raises BadParameter for `-`, by which many programs mean a pipe: what a pipe gets from us is masked, and a file
    is not."""
    if str(value) == "-":
        raise typer.BadParameter(
            "- is no file's name. Name a file, or leave the option out: then the result goes to the screen or the pipe",
            param_hint="--output",
        )
