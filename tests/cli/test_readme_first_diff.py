"""The README's way from an empty folder to a first comparison, run block by block against the simulators.

Real processes in a fresh clone. Two things stand in for what a test cannot have: the clone comes from this checkout,
and
`make env` finds the environment that runs the tests (building one anew is the job of CI, which starts from nothing).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from connector.domain.errors import ExitCode
from connector.simulator.server import RunningServer
from connector.simulator.world import World
from tests.cli.test_repository_readme import MOST_COMMANDS, ROOT, first_diff
from tests.cli.workplace import at_the_screen

ANSWERS = [
    ("exactly as Clopos writes it", "demobrand"),
    ("two letters [AZ]", "AZ"),
    ("Time zone of the restaurant [Asia/Baku]", ""),
    ("for example Europe/Istanbul", "Europe/Istanbul"),
]


def edited(text: str, base: str, world: World) -> str:
    """The one file that the README asks to edit, with the credentials of the simulators and their addresses."""
    clopos, guests = world.credentials["clopos"], world.credentials["checkandplace"]
    changes = {
        "env:CLOPOS_CLIENT_ID": clopos["client_id"], "env:CLOPOS_CLIENT_SECRET": clopos["client_secret"],
        "env:CLOPOS_INTEGRATOR_ID": clopos["integrator_id"], "env:CHECKANDPLACE_ACCESS_TOKEN": guests["access_token"],
        "https://integrations.clopos.com/open-api/v2": f"{base}/open-api/v2", "https://api.checkandplace.com": base,
    }  # fmt: skip
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_the_readmes_blocks_lead_to_a_first_comparison(tmp_path: Path) -> None:
    world = World(seed=3, clopos=40, checkandplace=40, shared=24, limits=False)
    commands = first_diff()
    assert len(commands) <= MOST_COMMANDS
    folder, codes, files_edited = tmp_path, {}, 0
    with RunningServer(world) as server:
        for words in commands:
            if words[:2] == ["git", "clone"]:
                subprocess.run(
                    ["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", words[-1]], cwd=folder, check=True
                )
            elif words[0] == "cd":
                folder = folder / words[1]
            elif words == ["make", "env"]:
                plan = subprocess.run(["make", "-n", "env"], cwd=folder, check=True, capture_output=True, text=True)
                assert "venv" in plan.stdout
                (folder / ".venv").symlink_to(Path(sys.prefix))
            elif words[-1] == "init":
                said = at_the_screen(words[1:], cwd=folder, answers=ANSWERS)
                assert said.code == ExitCode.DONE, said.out
                file = folder / "connector.toml"
                file.write_text(edited(file.read_text(encoding="utf-8"), server.base_url, world), encoding="utf-8")
                files_edited += 1
            else:
                done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
                codes[words[-1]] = done.returncode
                assert done.returncode in (ExitCode.DONE, ExitCode.DIFFERENCES), done.stderr
                last = done.stdout
    assert codes == {"doctor": ExitCode.DONE, "diff": ExitCode.DIFFERENCES}
    assert "What would change" in last
    assert files_edited == 1
    assert {(entry.method, entry.path.rsplit("/", 1)[-1] == "auth") for entry in world.log.entries} <= {
        ("GET", False), ("POST", True)
    }  # fmt: skip
