"""Relink mode: a state that is older than the work decides no write; staff are asked, nobody is made twice."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode, UnsafePlan
from connector.engine.relinking import OUTDATED
from connector.engine.staff_links import accept_proposal, reject_proposal
from connector.engine.staff_queue import Take, resolve
from connector.simulator.kit import Fault
from connector.state import relinking, witness
from connector.state.database import open_state
from connector.state.relinking import Relinking, Why
from tests.engine.scene import Scene, scene

NEW = "+994559990001"


def copy_of(bench: Scene) -> Path:
    """A copy of the state as it is now, as an operator makes one."""
    bench.engine.dispose()
    kept = bench.folder / "copy.db"
    shutil.copyfile(bench.folder / "state.db", kept)
    return kept


def put_back(bench: Scene, kept: Path, *, knowingly: bool = True) -> None:
    """The copy in the place of the state: by the command's own step, or by hand and without a word."""
    bench.engine.dispose()
    for side_file in ("state.db-wal", "state.db-shm"):
        (bench.folder / side_file).unlink(missing_ok=True)
    shutil.copyfile(kept, bench.folder / "state.db")
    bench.engine = open_state(f"sqlite:///{bench.folder / 'state.db'}")
    if knowingly:
        witness.forget(bench.engine)
        with bench.engine.begin() as connection:
            for pair_id in relinking.all_pairs(connection):
                relinking.begin(connection, pair_id, Relinking(bench.clock.now(), Why.RESTORED))


def lose(bench: Scene) -> None:
    """The folder with the state is gone, and a new one is made."""
    bench.engine.dispose()
    for path in bench.folder.glob("state.db*"):
        path.unlink()
    bench.engine = open_state(f"sqlite:///{bench.folder / 'state.db'}")


async def relinked(bench: Scene) -> None:
    """Backfills until the mode is over: two at most, when nothing has to be decided."""
    for _ in range(2):
        result = await bench.run("backfill")
        if mode(bench) is None:
            assert result.exit_code is ExitCode.DONE
            return
        assert result.exit_code is ExitCode.PARTLY
    raise AssertionError(mode(bench))


def mode(bench: Scene) -> Relinking | None:
    with bench.engine.connect() as connection:
        return relinking.relinking(connection, 1)


def asked(bench: Scene) -> list[tuple[str, str]]:
    return [(row["topic"], row["code"]) for row in bench.queue("conflict")]


async def test_until_the_backfill_nothing_is_written_and_every_run_says_what_to_do(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    put_back(bench, copy_of(bench))
    bench.at_clopos(phone=NEW)
    for kind in ("sync", "quick"):
        with pytest.raises(UnsafePlan) as caught:
            await bench.run(kind)
        assert (caught.value.code, caught.value.exit_code) == ("relink", ExitCode.REFUSED)
        assert "backup that was put back" in caught.value.manager
        assert caught.value.next_step == "connector backfill --pair main"
        assert bench.sent == []
    before = bench.decided()
    await bench.run("diff")
    assert bench.decided() == before
    assert bench.bodies() == []


async def test_an_unchanged_state_is_settled_anew_and_later_edits_travel(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest(checkandplace={"email": "a@b.az"})
    bench.crowd(3)
    await bench.start()
    put_back(bench, copy_of(bench))
    await relinked(bench)
    assert bench.bodies() == []
    assert bench.queue() == []
    assert not bench.rows("SELECT id FROM link WHERE bases_clopos_json LIKE '%aged%'")
    await bench.quiet()
    bench.at_clopos(phone=NEW)
    await bench.run("sync")
    assert [(method, body) for _s, method, body in bench.bodies()] == [
        ("PATCH", {"primary_phone_number": NEW.lstrip("+")})
    ]


async def test_an_edit_carried_and_undone_since_the_backup_is_not_carried_again(tmp_path: Path) -> None:
    """Backup A|A; carried B|B; the hostess puts A back: by the old bases only Clopos changed, and B would go over A."""
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    bench.at_clopos(phone=NEW)
    await bench.run("sync")
    assert len(bench.bodies()) == 1
    bench.at_checkandplace(primary_phone_number="994502123456")
    await bench.run("sync")
    put_back(bench, kept)
    await relinked(bench)
    assert bench.bodies() == []
    assert asked(bench) == [("phone", OUTDATED)]
    await bench.quiet()
    assert asked(bench) == [("phone", OUTDATED)]
    assert bench.visitor.primary_phone_number == "994502123456"


async def test_the_same_the_other_way_makes_no_task(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    bench.at_checkandplace(last_name="Quliyeva")
    await bench.run("sync")
    bench.at_clopos(name="Aysel Quliyeva")
    await bench.run("sync")
    bench.at_clopos(name="Aysel Məmmədova")
    put_back(bench, kept)
    await relinked(bench)
    assert asked(bench) == [("name", OUTDATED)]
    assert bench.queue("task") == []


@pytest.mark.parametrize("choice", ["clopos", "checkandplace", "different"])
async def test_what_staff_answer_is_done_and_ends_the_question(tmp_path: Path, choice: str) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    bench.at_clopos(phone=NEW)
    put_back(bench, kept)
    await relinked(bench)
    entry = bench.only("conflict", "phone")
    bench.decide(lambda desk, connection: resolve(desk, connection, entry["id"], Take(choice)))
    await bench.run("sync")
    if choice == "clopos":
        assert [method for _s, method, _b in bench.bodies()] == ["PATCH"]
    elif choice == "checkandplace":
        assert bench.only("task", "phone")["state"] == "open"
        bench.at_clopos(phone="+994502123456")
    await bench.quiet()
    assert bench.queue() == []
    bench.at_clopos(name="Aysel Yeni")  # and the link works as ever
    await bench.run("sync")
    assert len(bench.bodies()) == 1


async def test_what_staff_had_decided_before_the_backup_is_asked_again(tmp_path: Path) -> None:
    """Decided for Clopos, carried out, and put back by the hostess since: the values are those that staff saw."""
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    bench.at_clopos(phone=NEW)
    bench.at_checkandplace(primary_phone_number="994559990002")
    await bench.run("sync")
    entry = bench.only("conflict", "phone")
    bench.decide(lambda desk, connection: resolve(desk, connection, entry["id"], Take.CLOPOS))
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    await bench.run("sync")
    assert len(bench.bodies()) == 1
    bench.at_checkandplace(primary_phone_number="994559990002")
    put_back(bench, kept)
    await relinked(bench)
    await bench.quiet()
    assert asked(bench) == [("phone", OUTDATED)]
    assert bench.visitor.primary_phone_number == "994559990002"


async def test_somebody_created_since_the_backup_is_linked_and_not_made_again(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    bench.world.staff_create("clopos", {"name": "Orxan Quliyev", "phone": "+994557001001"}, "orxan")
    guest = {"first_name": "Nigar", "last_name": "Abbasova", "primary_phone_number": "994557001002"}
    bench.world.staff_create("checkandplace", guest, "nigar")
    await bench.run("sync")
    made = bench.links()
    assert len(made) == 3
    put_back(bench, kept)
    await relinked(bench)
    assert bench.links() == made
    await bench.quiet()
    assert bench.world.doubles_made() == []


async def test_a_new_number_since_is_proposed_by_the_name_and_the_creates_wait(tmp_path: Path) -> None:
    """Created on Check&Place after the backup, then another number in Clopos: only the name is the same now."""
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    orxan = bench.world.staff_create("clopos", {"name": "Orxan Quliyev", "phone": "+994557001001"}, "orxan")
    await bench.run("sync")
    bench.world.staff_edit("clopos", orxan, {"phone": NEW})
    bench.world.staff_create("clopos", {"name": "Tural Nəsirov", "phone": "+994557001009"}, "tural")
    put_back(bench, kept)
    for _ in range(2):
        assert (await bench.run("backfill")).exit_code is ExitCode.PARTLY
        assert bench.bodies() == []
    found = mode(bench)
    assert found is not None
    assert found.proposed
    (proposal,) = bench.rows("SELECT * FROM proposal WHERE state = 'open'")
    assert proposal["why"] == "name_alone"
    bench.at_clopos(phone="+994559990008")  # edits travel meanwhile, nobody is created
    await bench.run("sync")
    assert [method for _side, method, _body in bench.bodies()] == ["PATCH"]
    bench.decide(lambda desk, connection: accept_proposal(desk, connection, proposal["id"]))
    confirmed: list[int] = []

    def confirm(counts: Mapping[str, int]) -> bool:
        confirmed.append(counts["creates_checkandplace"])
        return True

    await bench.run("backfill", confirm=confirm)
    assert mode(bench) is None
    assert confirmed == [1]
    assert [(side, method) for side, method, _body in bench.bodies()] == [("checkandplace", "POST")]
    await bench.quiet()
    assert bench.world.doubles_made() == []
    assert asked(bench) == [("phone", OUTDATED)]


async def test_a_namesake_that_staff_tell_apart_is_created(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    bench.world.staff_create("clopos", {"name": "Orxan Quliyev", "phone": NEW}, "one")
    other = {"first_name": "Orxan", "last_name": "Quliyev", "primary_phone_number": "994557001003"}
    bench.world.staff_create("checkandplace", other, "another")
    put_back(bench, copy_of(bench))
    await bench.run("backfill")
    (proposal,) = bench.rows("SELECT * FROM proposal WHERE state = 'open'")
    bench.decide(lambda desk, connection: reject_proposal(desk, connection, proposal["id"]))
    await bench.run("backfill")
    assert mode(bench) is None
    assert len(bench.bodies()) == 2
    assert bench.wrong_links() == []


async def test_creates_are_confirmed_again(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    put_back(bench, copy_of(bench))
    bench.world.staff_create("clopos", {"name": "Tural Nəsirov", "phone": NEW}, "tural")
    assert (await bench.run("backfill")).exit_code is ExitCode.PARTLY
    with pytest.raises(UnsafePlan) as caught:
        await bench.run("backfill", confirm=lambda _counts: False)
    assert caught.value.code == "backfill-not-confirmed"
    assert bench.bodies() == []
    await bench.run("backfill")
    assert len(bench.bodies()) == 1


async def test_an_old_copy_put_in_place_by_hand_is_recognised_by_the_witness(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    bench.at_clopos(phone=NEW)
    await bench.run("sync")
    bench.at_checkandplace(primary_phone_number="994502123456")
    put_back(bench, kept, knowingly=False)
    before = bench.decided()
    await bench.run("diff")
    assert bench.decided() == before
    assert bench.ctx.relink is not None
    with pytest.raises(UnsafePlan) as caught:
        await bench.run("sync")
    assert "older copy" in caught.value.manager
    found = mode(bench)
    assert found is not None
    assert found.why is Why.OLDER
    await relinked(bench)
    assert bench.bodies() == []
    assert asked(bench) == [("phone", OUTDATED)]
    await bench.quiet()


async def test_a_lost_state_is_recognised_by_the_customers_that_we_made(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    guest = {"first_name": "Nigar", "last_name": "Abbasova", "primary_phone_number": "994557001002"}
    nigar = bench.world.staff_create("checkandplace", guest, "nigar")
    orxan = bench.world.staff_create("clopos", {"name": "Orxan Quliyev", "phone": "+994557001001"}, "orxan")
    await bench.start()
    made = bench.links()
    assert len(made) == 2
    bench.world.staff_edit("clopos", orxan, {"phone": NEW})
    clopos = next(c for c, p in made if p == nigar)
    bench.world.staff_edit("clopos", clopos, {"phone": "+994559990009"})
    lose(bench)
    assert (await bench.run("backfill")).exit_code is ExitCode.PARTLY
    found = mode(bench)
    assert found is not None
    assert found.why is Why.WORKED_BEFORE
    assert bench.bodies() == []
    (proposal,) = bench.rows("SELECT * FROM proposal WHERE state = 'open'")
    bench.decide(lambda desk, connection: accept_proposal(desk, connection, proposal["id"]))
    await relinked(bench)
    assert bench.links() == made
    await bench.quiet()
    assert bench.world.doubles_made() == []


async def test_a_first_backfill_and_an_ordinary_life_are_not_taken_for_a_loss(tmp_path: Path) -> None:
    bench = scene(tmp_path)
    bench.crowd(3)
    bench.world.staff_create("checkandplace", {"first_name": "Nigar", "primary_phone_number": "994557001002"}, "nigar")
    bench.world.staff_create("clopos", {"name": "Orxan Quliyev", "phone": "+994557001007"}, "orxan")
    await bench.start()
    for kind in ("diff", "sync", "diff", "sync"):
        await bench.run(kind)
        assert bench.ctx.relink is None
    assert mode(bench) is None


async def test_values_in_flight_and_updates_in_doubt_of_the_backup_decide_nothing(tmp_path: Path) -> None:
    """The backup was made between a write and its verification."""
    bench = scene(tmp_path)
    bench.guest()
    await bench.start()
    bench.at_clopos(phone=NEW)
    bench.world.plan_fault(Fault("checkandplace", "status_after:504", "PATCH", "/customers"))
    await bench.run("sync")
    kept = copy_of(bench)
    bench.engine = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    await bench.run("sync")
    bench.at_clopos(phone="+994559990007")
    await bench.run("sync")
    bench.at_checkandplace(primary_phone_number=NEW.lstrip("+"))
    put_back(bench, kept)
    assert bench.rows("SELECT id FROM link WHERE sent_json <> '{}'") == []
    await relinked(bench)
    assert bench.bodies() == []
    assert asked(bench) == [("phone", OUTDATED)]
