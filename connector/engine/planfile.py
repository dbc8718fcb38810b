"""Plan files: written from a stored plan, opened and proved before anything rests on them (docs/PLANS.md).

Both ways stream: a plan of a hundred thousand operations is never held as a whole.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from connector.domain.errors import ConnectorError, NotThere, StateError, UnsafePlan, typed_path
from connector.domain.places import free_name, why_unreadable
from connector.domain.plan import Entry
from connector.domain.planfile import About, NotAPlan, Reader, entry_id, file_lines
from connector.state.core import Database
from connector.state.plans import PlanStore, StoredPlan

LONGEST_LINE = 1 << 20
"""Bytes of one line; a plan's longest entries have some kB. More is no plan, and must not fill the memory."""


def write_plan(out: IO[bytes], database: Database, plan_id: int) -> About:
    """Write a stored plan of the pair as a plan file, whatever made it (a comparison, an undo); returns its head.

    Raises StateError `plan-unknown` where there is no such plan, or a later run has dropped its entries.
    """
    store = PlanStore(database)
    with database.read() as connection:
        plan = store.stored(connection, plan_id)
        if plan is None or plan.kept < plan.entries:
            raise StateError(
                "plan-unknown", "This plan is not stored any more.", engineer=f"plan {plan_id}",
                next_step="connector diff -o plan.json",
            )  # fmt: skip
        about = _about(plan)
        for line in file_lines(about, (entry for _row, entry in store.entries(connection, plan_id))):
            out.write(line)
    return about


def _about(plan: StoredPlan) -> About:
    basis = plan.basis
    return About(
        origin=basis["origin"], pair=basis["pair"], store=basis["store"], database=plan.database,
        made_at=plan.created_at.isoformat(), run=plan.run_id, scans=plan.scans,
        reader_version=basis["reader_version"], mapping=basis["mapping"], settings=basis["settings"], plan=plan.hash,
        counts=tuple((*key, count) for key, count in sorted(plan.summary.counts.items())), refusals=plan.refusals,
    )  # fmt: skip


@dataclass(frozen=True)
class PlanFile:
    """A plan file that was read whole once and found unchanged. `places` is where each entry's line begins, by its
    id: some hundred bytes an entry are all that is held. `seal`: what each reading must come to."""

    path: Path
    about: About
    places: Mapping[str, int]
    seal: str

    @staticmethod
    def open(path: Path) -> PlanFile:
        """Read and prove a file. Raises NotThere, UnsafePlan: `plan-unreadable`, `plan-other-schema`, `plan-cut-off`,
        `plan-changed`."""
        reader, places, at = Reader(), {}, 0
        try:
            with _reading(path, missing=NotThere) as stream:
                for line in _lines(stream):
                    entry = reader.feed(line)
                    if entry is not None:
                        places[entry_id(entry)] = at
                    at += len(line)
            reader.end()
        except NotAPlan as problem:
            _refuse(path, problem)
        assert reader.about is not None
        return PlanFile(path, reader.about, places, reader.seal)

    def entries(self, ids: Collection[str] | None = None) -> Iterator[Entry]:
        """The entries in the plan's order, read again from the file: all, or those with these ids. Raises UnsafePlan
        when the file was changed meanwhile."""
        reader = Reader()
        try:
            with _reading(self.path) as stream:
                if ids is None:
                    yield from (entry for line in _lines(stream) if (entry := reader.feed(line)) is not None)
                    reader.end()
                    if reader.seal != self.seal:
                        raise NotAPlan("changed", "while it was read")
                    return
                for name in sorted(ids, key=lambda name: self.places[name]):
                    stream.seek(self.places[name])
                    entry = Reader.alone(stream.readline(LONGEST_LINE))
                    if entry_id(entry) != name:
                        raise NotAPlan("changed", "while it was read")
                    yield entry
        except NotAPlan as problem:
            _refuse(self.path, problem)


def made_again(path: Path, *, ours: bool = True) -> Path:
    """The name for a plan that is made anew in the place of `path`: the same, where that is a plan file (`ours`) or
    free, and a comparison takes it for a plan's; else the first free one of plan.json, plan-2.json, ..."""
    free = not path.exists() and not path.is_symlink() and path.parent.is_dir()
    if path.suffix == ".json" and (free or (ours and path.is_file())):
        return path
    return free_name(Path("plan.json"), Path.exists)


@contextmanager
def _reading(path: Path, missing: type[ConnectorError] = UnsafePlan) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # it is read several times, and a pipe only once
                raise OSError(errno.EINVAL, "it is no file that can be read again, so save it into one first")
            yield stream
    except OSError as error:
        kind = missing if isinstance(error, FileNotFoundError) else UnsafePlan
        raise kind(
            "plan-unreadable", f"The plan file {path} cannot be read: {why_unreadable(error)}.",
            engineer=f"{path}: {error.strerror}",
            next_step=f"connector diff -o {typed_path(made_again(path, ours=False))}",
        ) from None  # fmt: skip


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE):
        yield line


TOLD = {
    "unreadable": ("plan-unreadable", "{path} is no plan file."),
    "other-schema": ("plan-other-schema", "{path} was written by another version of this program."),
    "cut-off": ("plan-cut-off", "{path} is not whole: its end is missing, so nothing was done."),
    "changed": ("plan-changed", "{path} was changed after it was written, so nothing was done."),
}
"""Code of the file's problem -> code of the error, and its sentence."""


def _refuse(path: Path, problem: NotAPlan) -> NoReturn:
    code, sentence = TOLD[problem.code]
    raise UnsafePlan(
        code,
        sentence.format(path=path),
        engineer=f"{path}, {problem.place}",
        next_step=f"connector diff -o {typed_path(made_again(path, ours=problem.code != 'unreadable'))}",
    ) from None
