"""`connector doctor`: each check, what it keeps, and that it only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from connector.engine.doctor import FINDINGS, Genders
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.runs import PairStore, RunStore
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as found:
        yield found


def test_all_is_well_and_nothing_was_written(place: Workplace) -> None:
    said = place.type("doctor")
    assert said.code == ExitCode.DONE, said.out
    assert "All is well. Next: connector diff" in said.out
    for told in ("sound and up to date", "What Clopos really does", "CL-03", "What Check&Place really does", "CP-01"):
        assert told in said.out
    assert {entry.method for entry in place.sent() if not entry.path.endswith("/auth")} == {"GET"}
    assert len(place.sent()) <= 30
    assert not [name for name in place.names() if name in said.out]


def test_the_document_has_every_check_and_what_is_still_assumed(place: Workplace) -> None:
    document = place.type("doctor", "--json").json
    (pair,) = document["pairs"]
    names = [check["name"] for check in [*document["checks"], *pair["checks"]]]
    assert names == [
        "settings", "database", "mapping", "secrets", "clopos.reach", "clopos.clock", "clopos.writes",
        "checkandplace.reach", "checkandplace.clock", "checkandplace.writes",
    ]  # fmt: skip
    assert {check["verdict"] for check in pair["checks"]} == {"ok"}
    assert "CP-20" in pair["assumed"], "only a write can show it"
    assert "CL-03" not in pair["assumed"], "a reading showed it"
    assert document["exit_code"] == 0
    assert "CP-20" in place.type("doctor", "--verbose").out


def test_what_the_first_writes_proved_is_shown(place: Workplace) -> None:
    place.backfilled()
    document = place.type("doctor", "--json").json
    assert {(check["name"], check["verdict"]) for check in document["pairs"][0]["writes"]} >= {
        ("clopos.create", "ok"), ("checkandplace.create", "ok"),
    }  # fmt: skip
    assert "CL-24" not in document["pairs"][0]["assumed"]


def test_an_update_that_replaces_the_rest_is_told_by_every_later_examination(place: Workplace) -> None:
    place.backfilled()
    place.world.set("CP-20.patch", "full_replace")
    with sqlite3.connect(place.folder / "connector.db") as state:  # as if no update had been sent yet
        state.execute("UPDATE pair SET probes_json = '{}'")
    clopos, _guest = sorted(place.world.must_link())[0]
    place.world.staff_edit("clopos", clopos, {"phone": "+994552000101"})
    place.type("sync")
    said = place.type("doctor")
    assert said.code == ExitCode.DONE
    assert "it changed what was not sent" in " ".join(said.out.split())


def test_findings_are_kept_with_the_pair(place: Workplace) -> None:
    place.type("doctor")
    engine = open_state(f"sqlite:///{place.folder / 'connector.db'}")
    with engine.connect() as connection:
        pair = PairStore().find(connection, "main")
        assert pair is not None
        kept = RunStore(Database(engine, pair.id)).setting(connection, FINDINGS)
    assert {finding["id"] for finding in kept["clopos"]["findings"]} >= {"CL-03", "CL-04"}
    assert {finding["id"] for finding in kept["checkandplace"]["findings"]} >= {"CP-01", "CP-03"}


def clock_is_off(place: Workplace) -> None:
    place.world.shift_clock(3600)


def clopos_is_down(place: Workplace) -> None:
    place.change(f"{place.url}/open-api/v2", "http://127.0.0.1:9/open-api/v2")
    place.change("[pairs.main.clopos]", "[pairs.main.clopos]\nattempts = 1")


def wrong_token(place: Workplace) -> None:
    token = place.world.credentials["checkandplace"]["access_token"]
    place.change(f'access_token = "{token}"', 'access_token = "another"')


def unset(place: Workplace) -> None:
    place.change("client_secret = ", 'client_secret = "env:NOT_SET_ANYWHERE" # ')


def test_every_missing_secret_is_named_and_no_advice_is_to_do_the_same_again(place: Workplace) -> None:
    unset(place)
    place.change("access_token = ", 'access_token = "env:NEITHER_SET" # ')
    checks = place.type("doctor", "--json").json["pairs"][0]["checks"]
    missing = [check for check in checks if check["name"] == "secrets"]
    assert ["NOT_SET_ANYWHERE" in missing[0]["text"], "NEITHER_SET" in missing[1]["text"]] == [True, True]
    assert [check["next"] for check in missing] == ["Mend that, then connector doctor again"] * 2


def no_mapping(place: Workplace) -> None:
    (place.folder / "mapping.toml").write_text("[fields.name]\ntype = 'nonsense'\n")
    place.change('region = "AZ"', 'region = "AZ"\nmapping = "mapping.toml"')


def not_a_database(place: Workplace) -> None:
    (place.folder / "connector.db").write_text("This is a letter.\n" * 100)


@pytest.mark.parametrize(
    ("prepare", "code", "check", "verdict"),
    [
        (clock_is_off, ExitCode.DONE, "clopos.clock", "warn"),
        (clopos_is_down, ExitCode.FAILED, "clopos.reach", "fail"),
        (wrong_token, ExitCode.CREDENTIALS, "checkandplace.reach", "fail"),
        (unset, ExitCode.CONFIG, "secrets", "fail"),
        (no_mapping, ExitCode.CONFIG, "mapping", "fail"),
        (not_a_database, ExitCode.FAILED, "database", "fail"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    place: Workplace, prepare: Callable[[Workplace], None], code: ExitCode, check: str, verdict: str
) -> None:
    prepare(place)
    said = place.type("doctor", "--json")
    assert said.code == code, said.out
    found = {each["name"]: each for each in [*said.json["checks"], *said.json["pairs"][0]["checks"]]}
    assert found[check]["verdict"] == verdict, found
    assert found[check]["next"], "and the next step"
    text = place.type("doctor")
    assert text.code == code
    assert found[check]["text"].split(" ")[0] in "".join(text.out.split()), "however narrow the screen"
    assert ("failed." in text.out) is (verdict == "fail")


def test_secrets_that_others_can_read_are_told(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    place.config.chmod(0o644)
    said = place.type("doctor", "--json")
    assert said.code == ExitCode.DONE, "a remark, no failure"
    check = said.json["checks"][0]
    assert (check["name"], check["verdict"]) == ("settings", "warn")
    assert "it holds secrets, and other users of this computer can get at it" in check["text"]
    assert check["next"] == f"chmod 600 {place.config}"
    assert "All is well (1 remark)" in place.type("doctor").out
    for key, value in (("access_token", "demo-access-token"), ("client_secret", "")):
        text = place.config.read_text()
        line = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        monkeypatch.setenv(key.upper(), value or line.split('"')[1])
        place.config.write_text(text.replace(line, f'{key} = "env:{key.upper()}"'))
    left = [line for line in place.config.read_text().splitlines() if line.startswith(("client_id", "integrator_id"))]
    for line in left:
        key = line.split(" = ")[0]
        monkeypatch.setenv(key.upper(), line.split('"')[1])
        place.change(line, f'{key} = "env:{key.upper()}"')
    assert place.type("doctor", "--json").json["checks"][0]["verdict"] == "ok", "nothing in it is secret now"


def test_one_side_in_trouble_does_not_hide_the_other(place: Workplace) -> None:
    clopos_is_down(place)
    document = place.type("doctor", "--json").json
    verdicts = {check["name"]: check["verdict"] for check in document["pairs"][0]["checks"]}
    assert verdicts["clopos.reach"] == "fail"
    assert verdicts["checkandplace.reach"] == "ok"
    (reach,) = (check for check in document["pairs"][0]["checks"] if check["name"] == "clopos.reach")
    assert "could not be reached at 127.0.0.1:" in reach["text"]
    assert "the connection was refused" in reach["text"]
    assert reach["next"].startswith("Check the address in the settings, and whether that server is up, then connector ")
    assert document["pairs"][0]["findings"]["checkandplace"]


class TestGenders:
    def test_lines_to_paste_are_those_that_were_seen(self, place: Workplace) -> None:
        place.change('[pairs.main.gender]\n1 = "male"\n2 = "female"\n', "")
        before = place.type("doctor").out
        assert "[pairs.main.gender]" not in before, "nobody was read yet"
        place.type("diff")
        after = place.type("doctor").out
        assert '\n[pairs.main.gender]\n1 = "male"  # seen on ' in after
        assert '\n2 = "female"  # seen on ' in after
        pasted = after.split("[pairs.main.gender]")[1].split("\n\n")[0]
        place.config.write_text(place.config.read_text() + "\n[pairs.main.gender]" + pasted + "\n")
        settled = place.type("doctor")
        assert settled.code == ExitCode.DONE
        assert "[pairs.main.gender]" not in settled.out, "what is set is not proposed"

    def test_a_map_that_says_the_opposite_is_told(self, place: Workplace) -> None:
        place.change('1 = "male"\n2 = "female"', '1 = "female"\n2 = "male"')
        place.type("diff")
        assert "gender 1 was seen with male, the settings say otherwise" in place.type("doctor").out

    def test_a_number_with_two_meanings_is_not_proposed(self) -> None:
        genders = Genders({(1, "male"): 9, (1, "female"): 1, (2, "female"): 5}, {"2": "male"})
        assert genders.proposal() == {2: "female"}
        assert genders.contradictions() == [(2, "female")]
