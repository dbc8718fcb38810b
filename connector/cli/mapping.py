"""`connector mapping`: what the connector makes of a mapping file, and whether its examples come out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from connector.cli import frame
from connector.cli.mapping_impact import impact
from connector.cli.output import Output
from connector.domain.errors import ExitCode

if TYPE_CHECKING:
    from connector.domain.fieldspec import FieldMapping, FieldSpec, SideSpec

app = typer.Typer(no_args_is_help=True, help="What a customer is on each side: check, show, test, rehearse.")

app.command("impact")(impact)

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="A mapping file. Without it: those that the settings name, else the own one."
    ),
]


@app.command("check")
def check(
    file: File = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,  # noqa: ARG001 - the frame reads it
) -> ExitCode:  # fmt: skip
    """Say whether the mapping can be used. If not: the file, the line, the key, and what to write instead (exit 78)."""
    output = Output(as_json=json)
    checked = []
    for path, names in _files(file, config, pair):
        mapping = _mapping(path)
        compared = [spec.name for spec in mapping.fields if spec.compared]
        checked.append({"file": str(path), "pairs": names, "fields": len(mapping.fields), "compared": compared})
        output.result(f"{path}: {len(mapping.fields)} fields, {len(compared)} of them compared: {', '.join(compared)}.")
    if json:
        output.document({"mappings": checked})
    return ExitCode.DONE


@app.command("show")
def show(
    file: File = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,  # noqa: ARG001 - the frame reads it
) -> ExitCode:  # fmt: skip
    """Show each field: where it stands on each side, how it is read and written, and its rules."""
    output = Output(as_json=json)
    shown = []
    for path, names in _files(file, config, pair):
        mapping = _mapping(path)
        shown.append({"file": str(path), "pairs": names, "fields": [_field(spec) for spec in mapping.fields]})
        output.result(str(path))
        output.result(_table(mapping))
        output.result("")
    if json:
        output.document({"mappings": shown})
    return ExitCode.DONE


@app.command("test")
def run_tests(
    file: File = None, config: frame.Config = None, pair: frame.Pairs = None, json: frame.Json = False,
    verbose: frame.Verbose = False,  # noqa: ARG001 - the frame reads it
) -> ExitCode:  # fmt: skip
    """Run the examples beside the mapping file (customer.toml: customer.examples.toml). Ends with 1 if one fails."""
    from connector.config.mapping import load_examples
    from connector.domain.mapping_examples import run_examples

    output = Output(as_json=json)
    results, failed = [], False
    for path, names in _files(file, config, pair):
        mapping, examples = _mapping(path), load_examples(path)
        failures = run_examples(mapping, examples)
        failed = failed or bool(failures)
        results.append({"file": str(path), "pairs": names, "examples": len(examples), "failures": failures})
        if not examples:
            output.result(f"{path}: no examples; write some into {path.stem}.examples.toml beside it.")
            continue
        for failure in failures:
            output.result(f"{path}: {failure}")
        output.result(
            f"{path}: {len(examples)} examples, {'all right' if not failures else f'{len(failures)} failures'}."
        )
    if json:
        output.document({"mappings": results})
    return ExitCode.FAILED if failed else ExitCode.DONE


def _files(file: Path | None, config: Path | None, names: list[str] | None) -> list[tuple[Path, list[str]]]:
    """Each mapping file with the pairs that use it. Without settings (no file at all): the connector's own."""
    import os

    from connector.config.load import FILE_NAME, FILE_VARIABLE
    from connector.config.mapping import default_mapping_path

    if file is not None:
        return [(file, [])]
    if config is None and not names and not os.environ.get(FILE_VARIABLE) and not Path(FILE_NAME).exists():
        return [(default_mapping_path(), [])]
    from connector.cli.opening import open_settings

    used: dict[Path, list[str]] = {}
    for pair in open_settings(config, names)[1]:
        used.setdefault(pair.mapping_file, []).append(pair.name)
    return list(used.items())


def _mapping(path: Path) -> FieldMapping:
    from connector.config.mapping import load_mapping

    return load_mapping(path)


def _field(spec: FieldSpec) -> dict[str, object]:
    sides = {
        side.value: {
            "reader": on.reader, "read": dict(on.read), "writer": on.writer,
            "create": dict(on.create) if on.create else None, "update": dict(on.update) if on.update else None,
        }
        for side, on in spec.sides.items()
    }  # fmt: skip
    return {
        "name": spec.name, "title": spec.title, "type": spec.type, "rule": spec.rule.value,
        "on_link": spec.on_link.value, "on_conflict": spec.on_conflict.value, "on_clear": spec.on_clear.value,
        "cosmetic": spec.cosmetic.value, **sides,
    }  # fmt: skip


def _table(mapping: FieldMapping) -> Table:
    table = Table(
        "field",
        "type",
        "rule",
        "on_link",
        "on_conflict",
        "on_clear",
        "Clopos",
        "Check&Place",
        show_edge=False,
        pad_edge=False,
    )
    for spec in mapping.fields:
        sides = {side.value: _side(on) for side, on in spec.sides.items()}
        words = [spec.on_link.value, spec.on_conflict.value, spec.on_clear.value] if spec.compared else ["", "", ""]
        table.add_row(
            spec.name, spec.type, spec.rule.value, *words, sides.get("clopos", "-"), sides.get("checkandplace", "-")
        )
    return table


def _side(on: SideSpec) -> str:
    """`phone, phones` read; what a create and an update carry."""
    verbs = [verb for verb, parts in (("create", on.create), ("update", on.update)) if on.writer and parts]
    return ", ".join(on.read.values()) + (f" (read, {', '.join(verbs)})" if verbs else " (read)")
