"""Writes the next migration from what the tables got since the released ones:

    python -m connector.state.migrations.regenerate

It is made anew each time, and there is none when nothing changed. A released migration is never edited, because
databases in the field have run it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.operations import ops
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine
from sqlmodel import SQLModel

from connector.state.migrate import configuration
from connector.state.migrations import RELEASED

VERSIONS = Path(__file__).parent / "versions"


def regenerate(folder: Path, metadata: MetaData = SQLModel.metadata, released: str = RELEASED) -> Path | None:
    """The migration from `released` to the tables of `metadata`, written into `folder` and formatted; its path, or
    None (and nothing written) when there is no difference. Raises ValueError for a new column that cannot be filled.
    """
    follower = f"{int(released) + 1:04d}"
    with tempfile.TemporaryDirectory() as place:
        known = ScriptDirectory(str(VERSIONS.parent))
        for script in known.iterate_revisions(released, "base"):
            shutil.copy(script.path, place)
        with create_engine("sqlite://").begin() as connection:
            settings = configuration(connection)
            settings.set_main_option("version_locations", place)
            settings.attributes["metadata"] = metadata
            command.upgrade(settings, released)
            changes: list[ops.MigrationScript] = []
            made = command.revision(
                settings, message=f"What the tables got after {released}.", autogenerate=True, rev_id=follower,
                process_revision_directives=lambda _context, _revision, scripts: changes.extend(scripts),
            )  # fmt: skip
        assert made is not None
        assert not isinstance(made, list)
        upgrade_ops = changes[0].upgrade_ops
        if upgrade_ops is None or upgrade_ops.is_empty():
            return None
        text = Path(made.path).read_text(encoding="utf-8")
    target = folder / f"{follower}_after_{released}.py"
    target.write_text(re.sub(r"(?m)^ *# ###.*\n", "", text), encoding="utf-8")
    narrow = ["--config", "format.skip-magic-trailing-comma=true"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *narrow, str(target)], check=True)  # noqa: S603 - our own file
    return target


def main() -> None:
    """The unreleased migration anew (or gone), and HEAD after it."""
    for old in VERSIONS.glob(f"*_after_{RELEASED}.py"):
        old.unlink()
    target = regenerate(VERSIONS)
    head = RELEASED if target is None else target.name.partition("_")[0]
    module = VERSIONS.parent / "__init__.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(re.sub(r'(?m)^HEAD = ".*"$', f'HEAD = "{head}"', text), encoding="utf-8")
    print(target or f"no change after {RELEASED}")  # noqa: T201 - a tool for developers


if __name__ == "__main__":
    main()
