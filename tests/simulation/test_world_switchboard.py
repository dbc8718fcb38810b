"""Settings of both sides by id, name or profile file."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.simulator.switchboard import Switchboard, describe_switches, load_profile, parse_setting


@pytest.mark.parametrize(
    ("name", "side", "switch"),
    [
        ("CL-03", "clopos", "customers_sort"),
        ("CL-11.list_shape", "clopos", "list_shape"),
        ("clopos.list_shape", "clopos", "list_shape"),
        ("customers_sort", "clopos", "customers_sort"),
        ("CP-20", "checkandplace", "patch"),
        ("checkandplace.list_shape", "checkandplace", "list_shape"),
        ("CP-03.per_page_max", "checkandplace", "per_page_max"),
    ],
)
def test_ways_to_name_a_switch(name: str, side: str, switch: str) -> None:
    board = Switchboard()
    word = board.sides[side].table[switch].alternatives[0]
    board.set(name, word)
    assert board.words()[side][switch] == word


@pytest.mark.parametrize(
    ("name", "word", "what"),
    [
        ("CL-50", "on", "CL-50 has no switch: not simulated"),
        ("CP-09", "on", "CP-09 has no switch"),
        ("CL-99", "on", "no such switch: CL-99"),
        ("CL-11", "bare", "CL-11 has list_shape, object_shape: name one"),
        ("list_shape", "data", "both sides have list_shape: say clopos.list_shape or checkandplace.list_shape"),
        ("nonsense", "on", "no such switch: nonsense"),
        ("clopos.nonsense", "on", "no such switch: nonsense"),
        ("CL-03", "perhaps", "'perhaps' is not one of honoured, ignored, 400"),
        ("clopos.rate_calls", "many", "'many' does not fit"),
        ("clopos.token_ttl", "1h", "'1h' does not fit"),
    ],
)
def test_wrong_settings_are_refused_with_a_reason(name: str, word: str, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace(".", r"\.")):
        Switchboard().set(name, word)


def test_settings_of_the_command_line() -> None:
    assert parse_setting("CL-03=ignored") == ("CL-03", "ignored")
    assert parse_setting(" CP-39 = a=b ") == ("CP-39", "a=b")
    for text in ("CL-03", "=x"):
        with pytest.raises(ValueError, match="write ID=WORD"):
            parse_setting(text)


def test_a_profile_file(tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(
        'CL-03 = "ignored"\nCP-20 = "null_ignored"\n[clopos]\nlist_shape = "bare_array"\nrate_calls = 5\n'
        'drop_fields = ["email", "code"]\n[checkandplace]\nper_page_max = 20\n'
    )
    settings = load_profile(file)
    assert settings == {
        "CL-03": "ignored", "CP-20": "null_ignored", "clopos.list_shape": "bare_array", "clopos.rate_calls": "5",
        "clopos.drop_fields": "email,code", "checkandplace.per_page_max": "20",
    }  # fmt: skip
    assert Switchboard(settings).words()["clopos"]["rate_calls"] == "5"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("CL-03 = ", "Invalid value"),
        ('CL-03 = "perhaps"', "is not one of"),
        ("CL-03 = true", "must be a word in quotes"),
        ('[loyalty]\nx = "y"', "no such switch: loyalty.x"),
    ],
)
def test_a_wrong_profile_names_the_file(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=what) as caught:
        load_profile(file)
    assert str(file) in str(caught.value)


def test_the_description_covers_both_sides_and_says_assumed() -> None:
    rows = describe_switches()
    assert {row.side for row in rows} == {"clopos", "checkandplace"}
    assert all(row.help.startswith("assumed") for row in rows)
    assert [row.id for row in rows if row.name == "customers_sort"] == ["CL-03"]
    assert len({(row.side, row.name) for row in rows}) == len(rows)
