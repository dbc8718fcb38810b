"""A restaurant with something to decide, and the commands run on it in this process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connector.cli.main import run
from tests.cli.workplace import named
from tests.engine.scene import Scene, scene


class Till:
    """Commands on one scene: exit code, stdout, stderr."""

    def __init__(self, bench: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        self.bench, self._capsys = bench, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        with named(self.bench.config):
            code = run(list(words))
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: str) -> Any:
        code, out, err = self(*words, "--json", "--show-pii")
        assert (code, err) == (0, "")
        return json.loads(out)

    def decided(self, *words: str) -> Any:
        code, out, err = self(*words, "--json", "--by", "leyla", "--note", "asked her")
        assert (code, err) == (0, "")
        return json.loads(out)["decided"]

    def sync(self) -> None:
        asyncio.run(self.bench.run())


def busy(folder: Path) -> Scene:
    """One conflict (name of Aysel), one task (her phone), one hold (Orxan's phone), one proposal (Kənan, Leyla)."""
    bench = scene(folder)
    bench.guest()
    others = bench.crowd(3)

    async def days() -> None:
        await bench.start()
        bench.at_clopos(name="Aysel Həsənova")
        bench.at_checkandplace(last_name="Quliyeva")
        await bench.run()
        bench.at_checkandplace(primary_phone_number="994502129999")
        bench.world.staff_edit("checkandplace", others[0][1], {"primary_phone_number": "ask mother"})
        bench.world.staff_create("clopos", {"name": "Kənan Əliyev", "phone": "+994551112233"}, "kenan")
        guest = {"first_name": "Leyla", "last_name": "Əliyeva", "primary_phone_number": "994551112233"}
        bench.world.staff_create("checkandplace", guest, "leyla")
        await bench.run()
        bench.world.staff_edit("clopos", others[0][0], {"phone": "+994557001099"})
        await bench.run()

    asyncio.run(days())
    return bench
