"""A small restaurant for tests of behaviour: a finished backfill, one well-known guest, and what staff do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.staff import Decided, Desk, at_desk
from connector.state.core import load
from tests.engine.harness import Bench

AYSEL = {"name": "Aysel Məmmədova", "phone": "+994502123456"}
AYSEL_GUEST = {"first_name": "Aysel", "last_name": "Məmmədova", "primary_phone_number": "994502123456"}


class Scene(Bench):
    """A bench that starts from an empty world (unless told otherwise), with words for what staff do."""

    def guest(self, clopos: Mapping[str, Any] | None = None, checkandplace: Mapping[str, Any] | None = None) -> None:
        """Aysel on both sides, as one person; other values where given."""
        self.c = self.world.staff_create("clopos", {**AYSEL, **(clopos or {})}, "aysel")
        self.p = self.world.staff_create("checkandplace", {**AYSEL_GUEST, **(checkandplace or {})}, "aysel")

    def crowd(self, count: int = 6) -> list[tuple[str, str]]:
        """Further people on both sides, so that one absence is not a whole side: (Clopos id, Check&Place id)."""
        names = ("Orxan Quliyev", "Nigar Abbasova", "Rəşad Kərimov", "Günel Səfərova", "Tural Nəsirov", "Sevda Rzayeva")
        made = []
        for number, name in enumerate(names[:count]):
            first, last = name.split()
            phone = f"99455700100{number}"
            guest = {"first_name": first, "last_name": last, "primary_phone_number": phone}
            made.append((
                self.world.staff_create("clopos", {"name": name, "phone": f"+{phone}"}, first),
                self.world.staff_create("checkandplace", guest, first),
            ))  # fmt: skip
        return made

    def at_clopos(self, **fields: Any) -> None:
        self.world.staff_edit("clopos", self.c, fields)

    def at_checkandplace(self, **fields: Any) -> None:
        self.world.staff_edit("checkandplace", self.p, fields)

    @property
    def customer(self) -> Any:
        """What Clopos holds of Aysel."""
        return self.world.clopos.get(self.c)

    @property
    def visitor(self) -> Any:
        """What Check&Place holds of Aysel."""
        return self.world.checkandplace.customers[self.p]

    def bodies(self) -> list[tuple[str, str, Any]]:
        """(side, method, body) of the last run's writes."""
        return [(entry.side, entry.method, entry.body) for entry in self.writes]

    def facts(self, entry: Any) -> Any:
        return load(entry["facts_json"])

    def only(self, kind: str, topic: str | None = None) -> Any:
        """The one live entry of the queues, of this kind (and topic)."""
        entries = self.queue()
        assert [entry["kind"] for entry in entries] == [kind], entries
        assert topic is None or entries[0]["topic"] == topic
        return entries[0]

    def over(self) -> list[tuple[str, str, str]]:
        """(kind, topic, why) of the entries that are over, oldest first."""
        rows = self.rows("SELECT * FROM queue_entry WHERE state IN ('closed', 'moot') ORDER BY id")
        return [(row["kind"], row["topic"], row["closed_why"]) for row in rows]

    def decide(
        self, what: Callable[[Desk, Connection], Decided], by: str = "leyla", note: str | None = None
    ) -> Decided:
        """One decision of staff, as a command makes it."""
        with at_desk(self.engine, "main", self.clock, by=by, note=note) as desk, desk.deciding() as connection:
            return what(desk, connection)

    async def start(self, *, backfill: bool = True) -> None:
        """The backfill and a run that writes nothing."""
        if backfill:
            await self.run("backfill")
        await self.quiet(1)

    async def quiet(self, runs: int = 2) -> None:
        """The next runs write nothing."""
        for _ in range(runs):
            await self.run("sync")
            assert self.bodies() == []

    def link_states(self) -> dict[tuple[str, str], tuple[str, str | None]]:
        """(Clopos id, Check&Place id) -> (state, reason), the newest link of each two records."""
        rows = self.rows(
            "SELECT c.remote_id AS c, p.remote_id AS p, link.state AS s, link.state_reason AS r FROM link "
            "JOIN record c ON c.id = link.clopos_record_id JOIN record p ON p.id = link.checkandplace_record_id "
            "ORDER BY link.id"
        )
        return {(row["c"], row["p"]): (row["s"], row["r"]) for row in rows}


def scene(folder: Path, **options: Any) -> Scene:
    """An empty restaurant."""
    return Scene(folder, **{"clopos": 0, "checkandplace": 0, "shared": 0, **options})


__all__ = ["AYSEL", "AYSEL_GUEST", "CHECKANDPLACE", "CLOPOS", "Scene", "SideName", "scene"]
