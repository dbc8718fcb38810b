"""`connector status`, `pause`, `resume` and `runs`: what people and monitors see without asking a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.cli.status import age, span
from connector.config.load import load_settings
from connector.domain.errors import ExitCode
from connector.domain.quota import Told
from connector.domain.values import CLOPOS
from connector.engine.status import Backfill, PairStatus, note_of, pair_status
from connector.service.cadence import LIVE_KINDS, cadence_of, engine_kind, kinds_of, last_of
from connector.service.timing import Kind
from connector.sides.factory import budget_key
from connector.state.budgets import StoredLedger
from connector.state.core import Database
from connector.state.database import open_state, writing
from connector.state.runs import PairStore, RunStore
from tests.cli.workplace import Workplace, workplace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("status")) as found:
        found.type("diff")
        found.type("sync")
        yield found.backfilled()


def looked(place: Workplace, later: timedelta = timedelta()) -> PairStatus:
    settings = load_settings(place.config, {}).pair("main")
    engine = open_state(f"sqlite:///{place.folder / 'connector.db'}")
    return pair_status(engine, settings, LIVE_KINDS, timedelta(minutes=15), datetime.now(UTC) + later)


class TestStatus:
    def test_a_pair_after_its_backfill_is_fresh(self, place: Workplace) -> None:
        mark = place.requests
        said = place.type("status")
        assert said.code == ExitCode.DONE, said.out
        assert "main  up to date" in said.out
        assert "connector links list --proposals" in " ".join(said.out.split()), "what waits, and where it is decided"
        assert place.requests == mark, "no server is asked"

    def test_it_needs_no_credentials(self, place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONNECTOR__PAIRS__MAIN__CLOPOS__CLIENT_SECRET", "env:NOT_SET_ANYWHERE")
        assert place.type("status").code == ExitCode.DONE

    def test_a_server_that_wants_a_pause_is_named_with_its_end(
        self, place: Workplace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`Retry-After` of hours, told to any process: nobody has to guess why nothing is sent."""
        settings = load_settings(place.config, {}).pair("main")
        engine = open_state(f"sqlite:///{place.folder / 'connector.db'}")
        StoredLedger(engine).exchange(budget_key(settings, CLOPOS), Told((), 0, pause=7200.0))
        said = place.type("status")
        assert "it asked for a pause until" in " ".join(said.out.split())
        document = json.loads(place.type("status", "--json").out)
        until = {quota["side"]: quota["paused_until"] for quota in document["pairs"][0]["quotas"]}
        assert until["clopos"] is not None
        assert until["checkandplace"] is None
        monkeypatch.setenv("CONNECTOR__PAIRS__MAIN__CLOPOS__INTEGRATOR_ID", "env:NOT_SET_ANYWHERE")
        assert place.type("status").code == ExitCode.DONE, "without credentials it is not known whose pause it is"
        with engine.begin() as connection:
            connection.execute(text("UPDATE budget SET paused_until = NULL"))

    @pytest.mark.parametrize(
        ("minutes", "stale"), [(0, False), (14, False), (16, True), (60 * 24 * 30, True), (-60, False)]
    )
    def test_without_a_good_run_for_too_long_it_is_stale(self, place: Workplace, minutes: int, stale: bool) -> None:
        found = looked(place, timedelta(minutes=minutes))
        assert found.stale is stale
        assert found.backfill is Backfill.FINISHED
        assert found.last_good is not None
        assert found.stale_since == (found.last_good.started_at + timedelta(minutes=15) if stale else None)

    def test_a_run_that_failed_since_is_told_and_does_not_count(self, place: Workplace) -> None:
        place.world.set("clopos.client_disabled", "401")
        place.type("sync")
        place.world.set("clopos.client_disabled", "off")
        found = looked(place)
        assert found.last is not None
        assert found.last.state == "failed"
        assert found.last_good is not None
        assert found.last_good.id < found.last.id
        assert f"run {found.last.id} failed" in place.type("status").out
        assert last_of(database(place), load_settings(place.config, {}).pair("main")).failures == 1
        place.type("sync")
        assert last_of(database(place), load_settings(place.config, {}).pair("main")).failures == 0

    def test_a_refused_pair_is_stale_at_once(self, place: Workplace) -> None:
        """The guard refuses unattended runs too, and nobody may be looking: stale since the first of them."""
        fresh, now = looked(place), datetime.now(UTC)
        runs = RunStore(database(place))
        error = {"code": "guard-refused", "manager": "Too much.", "engineer": "", "next": "connector sync"}
        with writing(open_state(f"sqlite:///{place.folder / 'connector.db'}")).begin() as connection:
            for second in (2, 1):
                run_id = runs.begin(connection, "quick", now - timedelta(seconds=second))
                runs.end(connection, run_id, state="refused", exit_code=3, counts={}, now=now, error=error)
        found = looked(place)
        assert (fresh.stale, found.stale) == (False, True)
        assert found.stale_since == now - timedelta(seconds=2)
        said = place.type("status")
        assert said.code == ExitCode.FAILED
        assert "stale since" in said.out
        assert "wrote nothing" in said.out
        place.type("sync")
        assert not looked(place).stale

    def test_the_document_has_every_number(self, place: Workplace) -> None:
        (pair,) = place.type("status", "--json").json["pairs"]
        assert pair["backfill"] == "finished"
        assert set(pair["queues"]) == {"proposal", "conflict", "task", "hold"}
        assert pair["queues"]["proposal"]["size"] > 0
        assert datetime.fromisoformat(pair["queues"]["proposal"]["oldest"]).tzinfo is not None
        assert [quota["side"] for quota in pair["quotas"]] == ["clopos", "checkandplace"]
        assert pair["quotas"][0]["limit"] == 300
        assert 0 < pair["quotas"][0]["used"] <= 300

    @pytest.mark.parametrize(("minutes", "shown"), [(5, True), (-1, True), (-30, False)])
    def test_the_next_run_is_what_a_living_daemon_said(self, place: Workplace, minutes: int, shown: bool) -> None:
        moment = datetime.now(UTC) + timedelta(minutes=minutes)
        keep(place, note_of(moment, None))
        assert looked(place).next_run == (moment if shown else None)
        keep(place, note_of(None, None))

    def test_a_pair_that_never_ran_is_stale(self, tmp_path: Path) -> None:
        with workplace(tmp_path, clopos=3, checkandplace=3, shared=1) as empty:
            assert "connector diff" in empty.type("status").err, "there is no state yet"
            empty.type("diff")
            said = empty.type("status")
            assert said.code == ExitCode.FAILED
            assert "no finished backfill yet: connector backfill --pair main" in said.out
            empty.change('mode = "live"', 'mode = "read-only"')
            assert empty.type("status").code == ExitCode.DONE, "a pair that is only compared was compared"


def database(place: Workplace) -> Database:
    engine = open_state(f"sqlite:///{place.folder / 'connector.db'}")
    with engine.connect() as connection:
        pair = PairStore().find(connection, "main")
    assert pair is not None
    return Database(engine, pair.id)


def keep(place: Workplace, note: object) -> None:
    found = database(place)
    with found.write() as connection:
        RunStore(found).set_setting(connection, "daemon", note)


class TestPause:
    def test_resume_says_whether_it_changed_anything(self, place: Workplace) -> None:
        assert place.type("resume", "main").out == "main was not paused.\n"
        place.type("pause", "main")
        assert place.type("resume", "main").out == "main goes on.\n"

    def test_the_pair_is_named_like_everywhere_else(self, place: Workplace) -> None:
        assert "main is paused since" in place.type("pause", "--pair", "main").out
        assert place.type("resume", "-p", "main", "main").out == "main goes on.\n"
        assert place.type("--pair", "main", "resume").out == "main was not paused.\n"
        said = place.type("resume")
        assert said.code == ExitCode.USAGE
        assert "say which" in said.err, "nobody lets every pair go on by a slip"
        for words in (("pause", "--pair", "main", "--pair", "another"), ("pause", "main", "-p", "another")):
            assert place.type(*words).code == ExitCode.USAGE
        assert place.type("resume", "main").out == "main was not paused.\n", "all that were named, or none"

    def test_a_paused_pair_is_not_written_to_and_not_stale(self, place: Workplace) -> None:
        assert "is paused since" in place.type("pause", "main").out
        since = place.type("pause", "main", "--json").json["paused_at"]
        assert since, "a second time changes nothing"
        mark = place.requests
        for words in (["sync"], ["backfill", "--yes"]):
            said = place.type(*words)
            assert said.code == ExitCode.REFUSED
            assert "Next: connector resume main" in said.err
        assert place.sent(mark) == []
        assert place.type("diff").code == ExitCode.DONE, "looking is allowed"
        assert looked(place, timedelta(days=2)).stale is False
        assert place.type("status", "--json").json["pairs"][0]["paused_at"] == since
        assert place.type("resume", "main", "--json").json == {"pair": "main", "paused_at": None}
        assert place.type("sync").code == ExitCode.DONE


class TestRuns:
    def test_the_list_is_newest_first_and_tells_how_runs_ended(self, place: Workplace) -> None:
        runs = place.type("runs", "list", "--json").json["runs"]
        assert [run["run"] for run in runs] == sorted((run["run"] for run in runs), reverse=True)
        first = [(run["kind"], run["state"], run["exit_code"]) for run in runs[::-1][:3]]
        assert first == [("diff", "done", 2), ("sync", "refused", 3), ("backfill", "done", 0)]
        assert runs[-2]["error"]["code"] == "no-backfill"
        assert len(place.type("runs", "list", "-n", "2", "--json").json["runs"]) == 2
        shown = place.type("runs", "list").out
        text = place.type("runs", "show", "2").out
        assert text.count("This pair has no finished backfill yet") == 1
        assert "This pair has no finished backfill yet" in " ".join(shown.split())
        assert "created in Clopos" in " ".join(shown.split())

    def test_one_run_has_its_readings_counts_requests_and_plan(self, place: Workplace) -> None:
        run = place.type("runs", "show", "3", "--json").json
        assert (run["pair"], run["kind"]) == ("main", "backfill")
        assert [(scan["side"], scan["state"]) for scan in run["scans"]][:3] == [
            ("clopos", "complete"), ("checkandplace", "complete"), ("checkandplace", "complete"),
        ]  # fmt: skip
        creates = sum(r["count"] for r in run["requests"] if r["method"] == "POST" and r["route"].endswith("customers"))
        assert creates == run["counts"]["created.clopos"] + run["counts"]["created.checkandplace"]
        assert run["plan"]["state"] == "applied"
        text = place.type("runs", "show", "3").out
        assert "POST /v1/customers" in text
        assert not [name for name in place.names() if name in text]

    def test_plans_that_were_carried_out_and_the_last_one_can_be_printed(self, place: Workplace) -> None:
        place.type("diff")
        older = place.type("runs", "list", "-n", "1", "--json").json["runs"][0]["run"]
        place.type("diff")
        newest = place.type("runs", "list", "-n", "1", "--json").json["runs"][0]["run"]
        file = place.folder / "again.json"
        assert place.type("runs", "show", str(newest), "-o", str(file)).code == ExitCode.DONE
        assert json.loads(file.read_text())["pairs"][0]["report"]["run"] == newest
        written = place.type("runs", "show", "3", "-o", str(file))
        assert written.code == ExitCode.DONE
        assert json.loads(file.read_text())["pairs"][0]["report"]["run"] == 3
        old = place.type("runs", "show", str(older), "-o", str(file))
        assert old.code == ExitCode.FAILED
        assert "is not kept any more" in old.err

    def test_an_unknown_run_is_said(self, place: Workplace) -> None:
        said = place.type("runs", "show", "4711")
        assert said.code == ExitCode.USAGE
        assert "Next: connector runs list" in said.err


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=3), "3 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=12), "12 days"),
    ],
)
def test_lengths_of_time(length: timedelta, text: str) -> None:
    assert span(length) == text
    assert age(length) == f"{text} ago"
    assert age(-length) == f"in {text}"


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("live", Kind.QUICK, "quick"),
        ("live", Kind.BOTH, "quick"),
        ("live", Kind.FULL, "sync"),
        ("read-only", Kind.QUICK, "diff"),
        ("read-only", Kind.FULL, "diff"),
    ],
)
def test_what_the_daemon_asks_of_the_engine(place: Workplace, mode: str, kind: Kind, expected: str) -> None:
    environment = {"CONNECTOR__PAIRS__MAIN__MODE": mode}
    settings = load_settings(place.config, environment).pair("main")
    assert engine_kind(settings, kind) == expected
    assert expected in kinds_of(settings)
    assert (cadence_of(settings).quick >= timedelta(hours=24)) is (mode == "read-only")
