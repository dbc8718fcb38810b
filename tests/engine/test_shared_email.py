"""An address that several people use: it is no reason to leave somebody out for ever, or to ask the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.engine.scene import Scene

FAMILY = "family@example.com"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, clopos=0, checkandplace=0, shared=0)


async def test_a_relative_of_a_linked_guest_is_created_beside_her(scene: Scene) -> None:
    scene.guest({"email": FAMILY}, {"email": FAMILY})
    scene.world.staff_create("clopos", {"name": "Elçin Quliyev", "phone": "+994557778899", "email": FAMILY}, "elcin")
    result = await scene.run("backfill")
    assert result.exit_code is ExitCode.DONE
    assert [entry.method for entry in scene.writes] == ["POST"]
    await scene.run("sync")
    assert scene.writes == []
    assert len(scene.links()) == 2


async def test_a_pair_that_staff_called_different_is_not_proposed_again_by_a_refusal(scene: Scene) -> None:
    scene.world.staff_create("clopos", {"name": "Aysel Quliyeva", "phone": None, "email": FAMILY}, "one")
    scene.world.staff_create("checkandplace", {"first_name": "Rəşad", "last_name": "Quliyev", "email": FAMILY,
                                               "primary_phone_number": "994502223344"}, "two")  # fmt: skip
    await scene.run("backfill")
    assert len(scene.rows("SELECT id FROM proposal WHERE state = 'open'")) == 1
    with scene.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE proposal SET state = 'rejected'")
    result = await scene.run("sync")
    assert result.exit_code is ExitCode.DONE
    assert [entry.path.endswith("/customers") for entry in scene.writes] == [True]
    assert scene.rows("SELECT id FROM proposal WHERE state = 'open'") == []
    await scene.run("sync")
    assert scene.writes == []
