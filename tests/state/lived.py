"""A state that has lived: a small restaurant after its backfill, with a link, tasks, a conflict and history."""

from __future__ import annotations

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from tests.engine.scene import scene


@cache
def lived_state() -> bytes:
    """The file of such a state, made once."""

    async def live(folder: Path) -> bytes:
        bench = scene(folder)
        bench.guest()
        bench.crowd(3)
        bench.world.staff_create("clopos", {"name": "Orxan Sadıqov", "phone": "+994557001077"}, "sadiqov")
        await bench.start()
        bench.at_clopos(phone="+994559990001")
        bench.at_checkandplace(primary_phone_number="994559990002")
        await bench.run("sync")
        assert bench.links()
        assert bench.queue("conflict")
        assert bench.rows("SELECT id FROM history")
        with bench.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        bench.engine.dispose()
        return (folder / "state.db").read_bytes()

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(live(Path(folder)))
