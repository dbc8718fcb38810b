"""`connector init`: writes a first settings file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from connector.cli import frame
from connector.cli.asking import ask
from connector.cli.output import Output
from connector.config.home import expanded
from connector.config.load import FILE_NAME, FILE_VARIABLE
from connector.config.template import (
    CHECKANDPLACE_ZONE_PROPOSAL,
    CLOPOS_ZONE_PROPOSAL,
    check_answer,
    init_answers,
    init_text,
)
from connector.domain.errors import ConfigError, ExitCode, typed_path
from connector.domain.places import free_name, way_out, why_unwritable

ASKED = {
    "brand": ("Your brand in Clopos, exactly as Clopos writes it", None),
    "region": ("Country of phone numbers without a country code, two letters", "AZ"),
    "timezone": ("Time zone of the restaurant", CLOPOS_ZONE_PROPOSAL),
    "checkandplace_timezone": (f"Time zone of the Check&Place store, for example {CHECKANDPLACE_ZONE_PROPOSAL}", None),
}
"""The questions, each with a proposal for Enter. The store's zone has none: it decides what every time there means."""

REST = "For later, or for special cases"


def init(
    brand: Annotated[str | None, typer.Option(metavar="NAME", help="Brand in Clopos, spelled as there.")] = None,
    region: Annotated[
        str | None, typer.Option(metavar="XX", help="Country of numbers without a country code: AZ, TR, ...")
    ] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Zone of the restaurant: Asia/Baku, ...")] = None,
    checkandplace_timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Zone of the Check&Place store: Europe/Istanbul, ...")
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", rich_help_panel=REST, help="Name of the pair.")] = "main",
    calling_code: Annotated[
        list[str] | None, typer.Option(metavar="CODE", rich_help_panel=REST,
                                       help="Country code that staff type without a plus: 994. May be repeated.")
    ] = None,
    api: Annotated[
        str, typer.Option(metavar="v2|v1", rich_help_panel=REST, help="Generation of the API of Clopos; v1 is old.")
    ] = "v2",
    venue_id: Annotated[
        str | None, typer.Option(metavar="ID", rich_help_panel=REST, help="Venue in Clopos for new customers.")
    ] = None,
    clopos_url: Annotated[
        str | None, typer.Option(metavar="URL", rich_help_panel=REST, help="Address of Clopos, if not the usual one.")
    ] = None,
    checkandplace_url: Annotated[
        str | None, typer.Option(metavar="URL", rich_help_panel=REST, help="Address of Check&Place, if another one.")
    ] = None,
    config: frame.Config = None,
    json: frame.Json = False,
    verbose: frame.Verbose = False,  # noqa: ARG001 - the frame reads it
) -> ExitCode:  # fmt: skip
    """Write a first connector.toml, with every setting explained in it.

    Asks what is not given as an option. Secrets are not asked: the file names the environment variables that they are
    taken from, and says how else they can be kept. It begins as "read-only": nothing can be written to either system
    before you change that. A file that is there is never overwritten.

    Example:  connector init --brand mycafe --region AZ --timezone Asia/Baku --checkandplace-timezone Europe/Istanbul
    """
    output = Output(as_json=json)
    path = config or expanded(os.environ.get(FILE_VARIABLE, "") or FILE_NAME)
    if path.exists():
        raise _there(path)
    given = {
        "brand": brand, "region": region, "timezone": timezone, "checkandplace_timezone": checkandplace_timezone,
        "pair": name, "calling_codes": calling_code or None, "api": api, "venue_id": venue_id,
        "clopos_url": clopos_url, "checkandplace_url": checkandplace_url,
    }  # fmt: skip
    answers = {question: answer for question, answer in given.items() if answer is not None}
    for question, answer in answers.items():  # before the first question: nobody likes to answer for nothing
        if problem := check_answer(question, answer):
            raise typer.BadParameter(problem, param_hint=_option(question))
    for question in ASKED:
        if question not in answers:
            answers[question] = _answer(question, output)
    _write(path, init_text(init_answers(**answers)))
    if json:
        output.document({"file": str(path.absolute()), "pair": name})
    output.result(f"Wrote {path}, readable by you alone.\n")
    output.result("Next:")
    output.result(f"  1. Put your credentials into {path}, or into the environment variables that it names.")
    output.result("  2. connector doctor    checks everything, and only reads")
    output.result("  3. connector diff      shows what would change, and only reads")
    return ExitCode.DONE


def _answer(question: str, output: Output) -> str:
    """Asks until the answer will do. Raises BadParameter where there is nobody to ask."""
    text, proposal = ASKED[question]
    if not sys.stdin.isatty():
        raise typer.BadParameter("it is missing, and there is no terminal to ask on", param_hint=_option(question))
    while True:
        given = ask(f"{text} [{proposal}]: " if proposal else f"{text}: ")
        if given is None:
            raise typer.Abort
        answer = given or proposal or ""
        if not answer:
            continue
        problem = check_answer(question, answer)
        if problem is None:
            return answer
        output.say(f"  {problem}")


OPTIONS = {"pair": "--name", "calling_codes": "--calling-code"}
"""Answers whose option has another name than they have."""


def _option(question: str) -> str:
    return OPTIONS.get(question, "--" + question.replace("_", "-"))


def _there(path: Path) -> ConfigError:
    other = free_name(path, Path.exists)
    return ConfigError(
        "config-there", f"{path} is there already, and is not overwritten.",
        next_step=f"connector doctor --config {typed_path(path)}, or for another file: "
        f"connector init --config {typed_path(other)}",
    )  # fmt: skip


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _there(path) from None
    except OSError as error:
        raise ConfigError(
            "config-unwritable", f"{path} cannot be written: {why_unwritable(error, path)}.",
            engineer=f"{path}: {error.strerror}",
            next_step=way_out(error, path, f"connector init --config {typed_path(Path.home() / FILE_NAME)}"),
        ) from None  # fmt: skip
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
