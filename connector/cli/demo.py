"""`connector demo`: the whole way once, with simulated servers and made-up guests, over real HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import frame
from connector.cli.output import Output
from connector.cli.simulated import settings_text
from connector.domain.errors import ConnectorError, ExitCode

if TYPE_CHECKING:
    import httpx

DESCRIPTION = (
    "Two simulated servers with made-up guests; nothing here is anybody's data, and nothing leaves this machine."
)


def demo(
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER",
                                  help="A new or empty folder for settings, state and reports; else a temporary one.")
    ] = None,
    clopos: Annotated[int, typer.Option(metavar="N", min=20, help="Customers in Clopos.")] = 150,
    checkandplace: Annotated[int, typer.Option(metavar="N", min=20, help="Guests in Check&Place.")] = 150,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, other guests.")] = 0,
    json: frame.Json = False,
    verbose: frame.Verbose = False,
) -> ExitCode:  # fmt: skip
    """Try everything without credentials: compare, reconcile, edit, synchronise, report.

    Starts simulators of both servers on this machine, runs diff and backfill on them, lets staff edit a few guests on
    both sides, and runs sync. Takes less than a minute. The last line is the path of the report as a page.

    Example:  connector demo -o demo-output
    """
    from connector.simulator.server import RunningServer
    from connector.simulator.world import World

    output = Output(as_json=json)
    place = prepared(folder)
    world = World(seed, clopos, checkandplace, min(clopos, checkandplace) * 3 // 5)
    steps: list[dict[str, Any]] = []
    with RunningServer(world) as server:
        settings = place / "connector.toml"
        text = settings_text(server.base_url, world.credentials, world.switchboard.words())
        settings.touch(0o600)
        settings.write_text(text, encoding="utf-8")
        output.result(DESCRIPTION)
        shared = ["--config", str(settings), *(["--verbose"] if verbose else [])]

        def typed(title: str, words: Sequence[str], fine: Sequence[ExitCode] = (ExitCode.DONE,)) -> None:
            output.result(f"\n{title}\n  $ connector {' '.join(words)}\n")
            code = run_quietly([*shared, *words], show=not json)
            steps.append({"command": ["connector", *words], "exit_code": code})
            if code not in fine:
                raise ConnectorError(
                    "demo-failed", f"The demo's command connector {words[0]} ended with exit code {code}.",
                    next_step=f"connector --config {settings} --verbose {words[0]}",
                )  # fmt: skip

        preview, first, report = (str(place / f"{name}.html") for name in ("1-preview", "2-first", "report"))
        typed("1. What would a first run do? Nothing is written.", ["diff", "--format", "html", "-o", preview],
              (ExitCode.DIFFERENCES,))  # fmt: skip
        typed("2. The first run, for real.", ["backfill", "--expect-checkandplace", str(checkandplace), "-o", first])
        output.result("\n3. A working day: staff edit guests on both sides.\n")
        edits = working_day(server.base_url)
        for edit in edits:
            output.result(f"  - {edit}")
        typed("4. What follows from that, for real.", ["sync", "-o", report])
        typed(
            "5. Is anything left to do? Nothing is written.", ["diff", "--mask-pii", "-o", str(place / "3-after.txt")]
        )
    if json:
        output.document({"folder": str(place), "steps": steps, "edits": edits, "report": report})
        return ExitCode.DONE
    output.whole(f"\nBefore the first run: {preview}\nThe first run:        {first}\nThe working day:\n{report}")
    return ExitCode.DONE


def prepared(folder: Path | None) -> Path:
    """The folder of the demo, empty. Raises BadParameter for one that holds something."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="connector-demo-"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise typer.BadParameter(f"{folder} holds something already; name a new folder", param_hint="--output")
    except OSError as error:
        raise typer.BadParameter(f"{folder}: {error.strerror}", param_hint="--output") from None
    return folder.absolute()


def run_quietly(words: list[str], *, show: bool) -> int:
    """One command, as if it were typed; its result is shown, or dropped where the demo's own result is JSON."""
    import contextlib
    import io

    from connector.cli import main

    with contextlib.nullcontext() if show else contextlib.redirect_stdout(io.StringIO()):
        return main.run(words)


def working_day(base_url: str) -> list[str]:
    """Lets staff edit linked guests and enter new ones, through the simulators' control routes. What was done, in
    words without names."""
    import httpx

    with httpx.Client(base_url=f"{base_url}/control/", timeout=10, trust_env=False) as control:
        customers = asked(control.get("customers"))
        by_id = {side: {str(row["id"]): row for row in rows} for side, rows in customers.items()}
        pairs = iter(asked(control.get("labels"))["must_link"])

        def edit(side: str, key: str, **fields: str) -> None:
            asked(control.post("staff/edit", json={"side": side, "id": key, "fields": fields}))

        def next_pair(wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> tuple[str, str]:
            return next((c, p) for c, p in pairs if wanted(by_id["clopos"][c], by_id["checkandplace"][p]))

        def plain(clopos: dict[str, Any], guest: dict[str, Any]) -> bool:
            return bool(guest["first_name"] and guest["last_name"] and guest["is_active"] and " " in clopos["name"])

        done = []
        clopos, _ = next_pair(plain)
        edit("clopos", clopos, phone="+994552000101")
        done.append("Clopos: a customer has a new number (it goes to Check&Place by itself)")
        clopos, _ = next_pair(plain)
        edit("clopos", clopos, name=f"{by_id['clopos'][clopos]['name'].split(' ')[0]} Rzayeva")
        done.append("Clopos: a customer changed her family name (so does this)")
        _, guest = next_pair(plain)
        edit("checkandplace", guest, primary_phone_number="994552000102")
        done.append("Check&Place: a guest has a new number (Clopos cannot be changed from outside: a task for staff)")
        clopos, guest = next_pair(plain)
        edit("clopos", clopos, phone="+994552000103")
        edit("checkandplace", guest, primary_phone_number="994552000104")
        done.append("Both: one guest, two different new numbers (a conflict: staff choose)")
        clopos, guest = next_pair(plain)
        edit("clopos", clopos, phone="+994552000105")
        edit("checkandplace", guest, last_name="Hüseynli")
        done.append("Both: one guest, a number here and a name there (both arrive)")
        new = {"name": "Nigar Qasımova", "phone": "+994552000106"}
        asked(control.post("staff/create", json={"side": "clopos", "fields": new}))
        done.append("Clopos: a new customer")
        new = {"first_name": "Emre", "last_name": "Kaya", "primary_phone_number": "905321230107"}
        asked(control.post("staff/create", json={"side": "checkandplace", "fields": new}))
        done.append("Check&Place: a new guest")
        return done


def asked(answer: httpx.Response) -> Any:
    """The body of a control route's answer. Raises where the simulator refused."""
    answer.raise_for_status()
    return answer.json()
