"""Writes the one migration anew from the tables: `python -m connector.state.migrations.regenerate`.

Only until the first release. After it a change of the tables is a further migration, and this module goes:
a released migration is never edited, because databases in the field have run it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from connector.state.migrate import configuration
from connector.state.migrations import HEAD

MESSAGE = "The tables of the state, from the beginning."


def regenerate(folder: Path) -> Path:
    """The new migration, written into `folder` and formatted; in: an empty database, out: the path."""
    if HEAD != "0001":
        raise SystemExit("There is more than one migration: write the next one with `alembic revision --autogenerate`.")
    with create_engine("sqlite://").begin() as connection:
        settings = configuration(connection)
        settings.set_main_option("version_locations", str(folder))
        settings.attributes["batch"] = False
        script = command.revision(settings, message=MESSAGE, autogenerate=True, rev_id=HEAD)
    assert script is not None
    assert not isinstance(script, list)
    target = folder / f"{HEAD}_initial.py"
    written = Path(script.path)
    target.write_text(re.sub(r"(?m)^ *# ###.*\n", "", written.read_text(encoding="utf-8")), encoding="utf-8")
    written.unlink()
    narrow = ["--config", "format.skip-magic-trailing-comma=true"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *narrow, str(target)], check=True)  # noqa: S603 - our own file
    return target


if __name__ == "__main__":
    versions = Path(__file__).parent / "versions"
    for old in versions.glob("0001_*.py"):
        old.unlink()
    print(regenerate(versions))  # noqa: T201 - a tool for developers
