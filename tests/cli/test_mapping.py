"""`connector mapping check | show | test`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.cli.main import run
from connector.config.mapping import default_mapping_path
from tests.cli.workplace import workplace


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the mapping with its examples, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)
    source = default_mapping_path()
    for name in ("customer.toml", "customer.examples.toml"):
        (tmp_path / name).write_text(source.with_name(name).read_text("utf-8"), "utf-8")
    return tmp_path / "customer.toml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_without_settings_the_connectors_own_mapping_is_meant(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert own.exists()
    assert run(["mapping", "check"]) == 0
    assert str(default_mapping_path()) in capsys.readouterr().out


def test_check_says_what_is_compared(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "check", str(own), "--json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)["mappings"]
    assert (checked["fields"], checked["compared"]) == (14, ["phone", "name", "email", "gender"])


@pytest.mark.parametrize("command", ["check", "show", "test"])
def test_a_wrong_mapping_names_file_line_and_what_to_write(
    own: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(own, 'rule = "two-way"', 'rule = "both-ways"')
    assert run(["mapping", command, str(own)]) == 78
    error = capsys.readouterr().err
    line = own.read_text("utf-8").splitlines().index('rule = "both-ways"') + 1
    for said in ("customer.toml", str(line), "both-ways", "two-way"):
        assert said in error, said


def test_a_file_that_is_not_there(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "check", str(own.with_name("other.toml"))]) == 78
    assert "other.toml" in capsys.readouterr().err


def test_show_names_attributes_and_rules_of_both_sides(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "show", str(own)]) == 0
    out = capsys.readouterr().out
    for said in ("primary_phone_number", "two-way", "fill-blank", "first_name, last_name"):
        assert said in out, said
    assert run(["mapping", "show", str(own), "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["mappings"]
    phone = shown["fields"][0]
    assert phone["checkandplace"]["update"] == {"number": "primary_phone_number"}
    assert phone["clopos"]["update"] is None


def test_examples_are_tests(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "test", str(own)]) == 0
    assert "all right" in capsys.readouterr().out
    change(
        own,
        'read = { first = "first_name", last = "last_name" }',
        'read = { first = "last_name", last = "first_name" }',
    )
    assert run(["mapping", "test", str(own), "--json"]) == 1
    (tested,) = json.loads(capsys.readouterr().out)["mappings"]
    assert tested["failures"]
    own.with_name("customer.examples.toml").unlink()
    assert run(["mapping", "test", str(own)]) == 0
    assert "no examples" in capsys.readouterr().out


def test_pairs_of_the_settings_are_named(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.engine.scene import scene

    bench = scene(own.parent / "place", pair='mapping = "../customer.toml"')
    assert run(["mapping", "check", "--json", "--config", str(bench.config)]) == 0
    (checked,) = json.loads(capsys.readouterr().out)["mappings"]
    assert checked["pairs"] == ["main"]
    assert checked["file"].endswith("customer.toml")


def test_impact_without_a_state_says_what_to_do_first(own: Path) -> None:
    with workplace(own.parent, clopos=1, checkandplace=1, shared=1) as place:
        said = place.type("mapping", "impact", str(own))
        assert said.code == 1
        assert "connector diff" in said.err


def test_impact_counts_field_by_field_and_asks_no_server(own: Path) -> None:
    change(own, 'rule = "fill-blank"', 'rule = "two-way"')
    change(own, 'cosmetic = "settle"', 'cosmetic = "write"')
    with workplace(own.parent, clopos=8, checkandplace=8, shared=6) as place:
        place.backfilled()
        mark = place.requests
        said = place.type("mapping", "impact", str(own))
        assert place.requests == mark
        assert said.code == 0, said.err
        assert "rule: fill-blank -> two-way" in said.out
        assert "cosmetic: settle -> write" in said.out
        assert "Next: set mapping" in said.out.replace("\n", " ")
        document = place.type("mapping", "impact", str(own), "--json").json
        assert document["exit_code"] == said.code
        (pair,) = document["pairs"]
        assert [each["field"] for each in pair["fields"]] == ["gender", "name"]
        ways = ("write", "task", "ask", "keep", "not_sent", "hold", "same", "unread")
        assert {sum(each[way] for way in ways) for each in pair["fields"]} == {pair["links"]}
        same = place.type("mapping", "impact", str(default_mapping_path()))
        assert (same.code, "does nothing because of it" in same.out) == (0, True)


def test_impact_of_a_file_that_cannot_be_used_names_the_line(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(own, 'rule = "fill-blank"', 'rule = "sometimes"')
    assert run(["mapping", "impact", str(own)]) == 78
    assert "sometimes" in capsys.readouterr().err
