"""A town whose people are all in both systems: real settings, adapters, engine and state; lists served as perturbed.

Nobody is ever deleted here and nobody is in one system alone, so every create, every update, every `gone` and every
link that breaks is wrong, whatever a list looked like.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from sqlalchemy import Engine, event, text

from connector.config.load import load_settings
from connector.domain.errors import ConnectorError
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.engine.pairs import Workshop, open_run
from connector.engine.run import run
from connector.sides.budget import Budgets
from connector.sides.clopos.auth import Tokens
from connector.simulator.kit import SimClock
from connector.state.database import open_state
from tests.contract.wires import Chunks
from tests.engine.harness import BASE, BenchClock, settings_text
from tests.perturb.lists import Perturbation, Served
from tests.perturb.reader import PAGE

CREDENTIALS = {
    "clopos": {"client_id": "c", "client_secret": "s", "brand": "town", "integrator_id": "i", "venue_id": "1"},
    "checkandplace": {"access_token": "t"},
}
MADE = "2026-01-01T00:00:00.000000Z"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def row_of(side: SideName, number: int) -> dict[str, Any]:
    """A person as one side shows it: a name and a number that nobody else has."""
    name = LETTERS[number // 26 % 26] + LETTERS[number % 26]
    phone = f"99450{2_000_000 + number}"
    if side is CLOPOS:
        return {"id": number, "name": f"T{name}ar Q{name}ev", "phone": f"+{phone}", "phones": [], "email": None,
                "gender": None, "group_id": None, "description": None, "date_of_birth": None, "status": True,
                "cid": f"00000000-0000-4000-8000-{number:012d}", "created_at": MADE, "updated_at": MADE}  # fmt: skip
    return {"id": guest_id(number), "first_name": f"T{name}ar", "last_name": f"Q{name}ev", "email": None,
            "country_code": None, "primary_phone_number": phone, "is_anonym": False, "gender": "unknown",
            "gender_as_integer": 0, "type_id": None, "note": None, "is_active": True, "blacklist": False,
            "nickname": None, "created_at": "01.01.2026 04:00", "updated_at": "01.01.2026 04:00"}  # fmt: skip


def guest_id(number: int) -> str:
    """A person's id in Check&Place."""
    return f"10000000-0000-4000-8000-{number:012d}"


def said(status: int, document: Any) -> httpx.Response:
    """An answer as a socket brings it."""
    headers = {"content-type": "application/json"}
    return httpx.Response(status, headers=headers, stream=Chunks([json.dumps(document).encode()]))


class Servers(httpx.AsyncBaseTransport):
    """Both systems behind one transport. A list's answers go through its side's perturbation."""

    def __init__(self, people: list[int]) -> None:
        self.people = people
        self.served: dict[SideName, Served] = {}
        self.writes: list[str] = []

    def ids(self, side: SideName) -> list[str]:
        """The list of a side, in its order: Clopos by id, Check&Place newest first (CP-04)."""
        return [str(n) for n in self.people] if side is CLOPOS else [guest_id(n) for n in reversed(self.people)]

    def begin(self, perturbations: Mapping[SideName, Perturbation | None]) -> None:
        """Another run begins: its lists are served so."""
        self.served = {side: Served(self.ids(side), perturbations.get(side)) for side in SideName}
        self.writes = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/auth"):
            return said(200, {"success": True, "token": "t", "expires_in": 3600})
        if request.method != "GET":
            self.writes.append(f"{request.method} {path}")
            return said(422, {"errors": {"primary_phone_number": ["has already been taken"]}})
        side = CLOPOS if path.startswith("/open-api") else CHECKANDPLACE
        if not path.endswith("/customers"):
            return self._one(int(path.rpartition("/")[2]))
        return self._page(side, request.url.params)

    def _one(self, number: int) -> httpx.Response:
        if number not in self.people:
            return said(404, {"success": False, "error": "not_found", "message": "Customer not found"})
        return said(200, {"success": True, "data": row_of(CLOPOS, number)})

    def _page(self, side: SideName, params: httpx.QueryParams) -> httpx.Response:
        size = int(params["limit" if side is CLOPOS else "per_page"])
        if side is CLOPOS and "filters[0][0]" in params:  # a look-up by number: served well
            wanted = params["filters[0][1]"].lstrip("+")
            found = [row for n in self.people if wanted in str((row := row_of(CLOPOS, n))["phone"])]
            return said(200, {"success": True, "data": found, "total": len(found)})
        served = self.served[side]
        ids, total = served.answer(int(params["page"]), size)
        if ids is None:
            return said(404, {"success": False, "error": "not_found", "message": "none"})
        rows = [row_of(side, int(name.rpartition("-")[2])) for name in ids]
        count: dict[str, Any] = {"total": total} if side is CLOPOS else {"meta": {"total_count": total}}
        told = {"success": True, "data": rows} if side is CLOPOS else {"customers": rows}
        return said(200, {**told, **(count if served.counted else {})})


@dataclass
class Wrong:
    """What one run did that it should not have done."""

    writes: list[str]
    gone: int
    broken: int

    def __bool__(self) -> bool:
        return bool(self.writes or self.gone or self.broken)


@dataclass
class Town:
    """The pair, its state and its servers. `size` people at the start, all linked by a backfill."""

    folder: Path
    size: int = 30
    stopped: str = field(default="", init=False)

    async def build(self) -> None:
        """Settings, state, backfill; the state is kept to be taken up again."""
        self.servers = Servers([])
        self.clock = BenchClock(SimClock())
        config, self.state = self.folder / "connector.toml", self.folder / "state.db"
        sized = {"clopos": f"page_size = {PAGE}", "checkandplace": f"per_page = {PAGE}"}
        world: Any = SimpleNamespace(credentials=CREDENTIALS)
        config.write_text(settings_text(world, f"sqlite:///{self.state}", BASE, **sized), encoding="utf-8")
        self.settings = load_settings(config, {})
        self.engine = self._open()
        self.servers.people[:] = range(1, self.size + 1)
        await self.run({}, kind="backfill")
        await self.run({})
        self.engine.dispose()
        self.fresh = {path: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        self.engine = self._open()

    def _open(self) -> Engine:
        engine = open_state(self.settings.database_url())
        engine.dispose()  # a crash of the machine is no matter here
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        return engine

    def renew(self) -> None:
        """The town as it was built: newcomers are gone, and so is what the state knew of them."""
        self.engine.dispose()
        for path in self.folder.iterdir():
            if path.is_file() and path not in self.fresh:
                path.unlink()
        for path, content in self.fresh.items():  # also the witness beside it: this is no restored backup
            path.write_bytes(content)
        self.servers.people[:] = range(1, self.size + 1)

    def newcomer(self) -> None:
        """Somebody new, typed into both systems."""
        self.servers.people.append(max(self.servers.people) + 1)

    def known(self, side: SideName) -> set[str]:
        """The ids that the state holds and that are not gone."""
        query = text("SELECT remote_id FROM record WHERE side = :side AND gone_at IS NULL")
        with self.engine.connect() as connection:
            return set(connection.execute(query, {"side": side.value}).scalars())

    async def run(self, perturbations: Mapping[SideName, Perturbation | None], kind: str = "sync") -> Wrong:
        """One run over lists served so, and what was wrong with it. `stopped`: the code of an error that ended it."""
        self.servers.begin(perturbations)
        shop = Workshop(self.engine, self.clock, Budgets(self.clock), Tokens(), self.servers)
        self.stopped = ""
        try:
            async with open_run(shop, self.settings.pairs["main"], kind) as ctx:
                ctx.confirm = lambda _counts: True
                await run(ctx)
        except ConnectorError as error:
            self.stopped = error.code
        self.clock.pass_time(900)
        with self.engine.connect() as connection:
            gone = connection.execute(text("SELECT count(*) FROM record WHERE gone_at IS NOT NULL")).scalar_one()
            broken = connection.execute(text("SELECT count(*) FROM link WHERE state <> 'active'")).scalar_one()
        return Wrong(self.servers.writes, gone, broken)

    def unlinked(self) -> Set[str]:
        """Ids of Clopos customers that have no active link."""
        query = text(
            "SELECT remote_id FROM record WHERE side = 'clopos' AND id NOT IN "
            "(SELECT clopos_record_id FROM link WHERE state = 'active')"
        )
        with self.engine.connect() as connection:
            return set(connection.execute(query).scalars())
