"""The settings are found, read, put under the environment's, and given on as the domain takes them."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.config import find_file, load_settings
from connector.config.overrides import parse_value
from connector.domain.errors import ConfigError
from connector.domain.guard import GuardLimits
from connector.domain.select import SelectRules, WithoutPhone
from connector.domain.values import PairRules
from tests.unit.config_kit import GOOD, SECOND, failure, load, write

V1 = (
    GOOD.replace('api = "v2"', 'api = "v1"')
    .replace("integrator_id", "#")
    .replace("venue_id = 1", 'venue_id = "1"\nstage = "live"')
)


def test_the_file_is_found_by_option_then_variable_then_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("option", "variable", "here"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, GOOD.replace("mycafe", name))
    monkeypatch.chdir(tmp_path / "here")
    option, variable = tmp_path / "option" / "connector.toml", tmp_path / "variable" / "connector.toml"
    environ = {"CONNECTOR_CONFIG": str(variable)}
    for path, env, brand in ((option, environ, "option"), (None, environ, "variable"), (None, {}, "here")):
        assert load_settings(path, env).pairs["main"].clopos.brand == brand
    assert find_file(None, {"CONNECTOR_CONFIG": ""}) == Path("connector.toml")


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    pair = settings.pairs["main"]
    assert (pair.name, pair.mode, pair.without_phone) == ("main", "read-only", "skip")
    assert pair.max_reading_age == timedelta(minutes=10)
    assert (pair.every.quick, pair.every.checkandplace) == (timedelta(minutes=5), timedelta(minutes=15))
    assert pair.every.full == time(4, 30)
    assert pair.clopos.base_url == "https://integrations.clopos.com/open-api/v2"  # CL-01
    assert (pair.clopos.page_size, pair.clopos.requests_per_minute, pair.clopos.requests_per_hour) == (999, 300, None)
    assert pair.clopos.overlap == timedelta(minutes=10)  # CL-15
    assert pair.checkandplace.base_url == "https://api.checkandplace.com"
    assert (pair.checkandplace.api, pair.checkandplace.per_page) == ("integration", 50)  # CP-03
    assert not pair.checkandplace.write_email  # CP-40
    assert pair.mapping_file.name == "customer.toml"
    assert pair.guard.limits() == GuardLimits()
    assert pair.select_rules() == SelectRules()
    assert str(pair.zone) == "Asia/Baku"
    assert settings.database_url() == f"sqlite:///{tmp_path}/connector.db"
    assert settings.file == tmp_path / "connector.toml"
    assert settings.pair("main") is pair


def test_defaults_of_v1(tmp_path: Path) -> None:
    clopos = load(tmp_path, V1).pairs["main"].clopos
    assert clopos.base_url == "https://integrations.clopos.com/open-api"
    assert (clopos.page_size, clopos.requests_per_minute, clopos.requests_per_hour) == (100, 100, 1000)
    assert (clopos.venue_id, clopos.stage, clopos.integrator_id) == ("1", "live", None)


def test_rules_of_a_pair(tmp_path: Path) -> None:
    text = GOOD.replace('1 = "male"', '1 = "female"\n2 = "male"\n[pairs.main.types]\nabc = 3\n').replace(
        "[pairs.main.checkandplace]",
        '[pairs.main.checkandplace]\nwrite_email = true\nwrite_clear = true\ncreate = false\nupdate = false\n'
        'last_name_placeholder = "-"',
    )  # fmt: skip
    text = text.replace("venue_id = 1", 'create = false\nnaive_timezone = "UTC"')
    assert load(tmp_path, text).pairs["main"].rules() == PairRules(
        brand="mycafe", region="AZ", calling_codes=("994", "90"), clopos_naive_timezone="UTC",
        checkandplace_timezone="Europe/Istanbul", gender_map={"1": "female", "2": "male"}, type_map={"abc": "3"},
        last_name_placeholder="-", write_email=True, write_clear=True, clopos_create=False,
        checkandplace_create=False, checkandplace_update=False,
    )  # fmt: skip


def test_zones_left_out_are_the_pairs(tmp_path: Path) -> None:  # CL-15, CP-07
    rules = load(tmp_path, GOOD.replace('timezone = "Europe/Istanbul"', "")).pairs["main"].rules()
    assert (rules.clopos_naive_timezone, rules.checkandplace_timezone) == ("Asia/Baku", "Asia/Baku")
    assert (rules.gender_map, rules.type_map) == ({"1": "male"}, None)


def test_select_and_guard_reach_the_domain(tmp_path: Path) -> None:
    text = (
        GOOD.replace("[pairs.main]", '[pairs.main]\nwithout_phone = "anonymous"').replace(
            "access_token", 'authorization = "a"\nemployee_token = "b"\nstore_pin_code = "0000"\naccess_token'
        )
        + "[pairs.main.select]\ninactive = true\n[pairs.main.guard]\nupdates_percent = 2.5\nmissing_percent = 50\n"
    )
    pair = load(tmp_path, text).pairs["main"]
    assert pair.select_rules() == SelectRules(inactive=True, without_phone=WithoutPhone.ANONYMOUS)
    assert pair.guard.limits() == GuardLimits(updates_percent=2.5, missing_percent=50)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("sqlite:///data/x.db", "sqlite:///{folder}/data/x.db"),
        ("postgresql://u:p@db/x", "postgresql+psycopg://u:p@db/x"),
        ("postgres://db/x", "postgresql+psycopg://db/x"),
        ("env:DATABASE_URL", "postgresql+psycopg://env/x"),
    ],
)
def test_the_database(tmp_path: Path, url: str, expected: str) -> None:
    text = GOOD.replace("sqlite:///connector.db", url)
    settings = load(tmp_path, text, {"DATABASE_URL": "postgresql://env/x"})
    assert settings.database_url() == expected.format(folder=tmp_path)


@pytest.mark.parametrize("url", ["mysql://u:secret@x/y", "connector.db", "sqlite:///"])
def test_another_database_is_refused_without_showing_its_address(tmp_path: Path, url: str) -> None:
    settings = load(tmp_path, GOOD.replace("sqlite:///connector.db", url))
    with pytest.raises(ConfigError, match=r"line 2, state\.url: this is no database") as caught:
        settings.database_url()
    assert "secret" not in str(caught.value)


OVERRIDES = [
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__BRAND", "other", lambda s: s.pairs["main"].clopos.brand, "other"),
    ("connector__pairs__main__clopos__brand", "other", lambda s: s.pairs["main"].clopos.brand, "other"),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__BRAND", "12345", lambda s: s.pairs["main"].clopos.brand, "12345"),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__BRAND", "true", lambda s: s.pairs["main"].clopos.brand, "true"),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__CLIENT_ID", "0012", lambda s: s.pairs["main"].clopos.client_id.reveal(), "0012"),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__CLIENT_ID", "12", lambda s: s.pairs["main"].clopos.client_id.reveal(), "12"),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__PAGE_SIZE", "200", lambda s: s.pairs["main"].clopos.page_size, 200),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__CREATE", "False", lambda s: s.pairs["main"].clopos.create, False),
    ("CONNECTOR__PAIRS__MAIN__CLOPOS__READ_VENUES", "[1, 2]", lambda s: s.pairs["main"].clopos.read_venues, ("1", "2")),
    ("CONNECTOR__PAIRS__MAIN__CALLING_CODES", '["7"]', lambda s: s.pairs["main"].calling_codes, ("7",)),
    ("CONNECTOR__PAIRS__MAIN__EVERY__FULL", "03:15", lambda s: s.pairs["main"].every.full, time(3, 15)),
    ("CONNECTOR__PAIRS__MAIN__MODE", '"live"', lambda s: s.pairs["main"].mode, "live"),
    ("CONNECTOR__PAIRS__MAIN__GENDER__2", "female", lambda s: s.pairs["main"].gender, {"1": "male", "2": "female"}),
    ("CONNECTOR__PAIRS__MAIN__GENDER", '{ 3 = "male" }', lambda s: s.pairs["main"].gender, {"3": "male"}),
    ("CONNECTOR__LOG__LEVEL", "debug", lambda s: s.log.level, "debug"),
]


@pytest.mark.parametrize(("variable", "text", "get", "value"), OVERRIDES)
def test_the_environment_stands_over_the_file(tmp_path: Path, variable, text, get, value) -> None:  # type: ignore[no-untyped-def]  # a table of getters
    assert get(load(tmp_path, GOOD, {variable: text, "OTHER__PAIRS": "x", "CONNECTOR_X": "y"})) == value


def test_a_pair_name_with_a_hyphen_and_a_whole_pair_from_the_environment(tmp_path: Path) -> None:
    text = GOOD + SECOND.replace("pairs.other", "pairs.Sea-Side")
    settings = load(tmp_path, text, {"CONNECTOR__PAIRS__SEA_SIDE__REGION": "TR"})
    assert settings.pairs["Sea-Side"].region == "TR"
    third = {
        "REGION": "TR", "TIMEZONE": "Europe/Istanbul", "CLOPOS__CLIENT_ID": "1", "CLOPOS__CLIENT_SECRET": "2",
        "CLOPOS__BRAND": "third", "CLOPOS__INTEGRATOR_ID": "3", "CHECKANDPLACE__ACCESS_TOKEN": "4",
    }  # fmt: skip
    environ = {f"CONNECTOR__PAIRS__THIRD__{key}": value for key, value in third.items()}
    assert load(tmp_path, text, environ).pairs["third"].clopos.brand == "third"
    del environ["CONNECTOR__PAIRS__THIRD__CLOPOS__BRAND"]
    error = failure(tmp_path, text, environ)
    assert error.manager.startswith("environment variable CONNECTOR__PAIRS__THIRD__CLOPOS__")
    assert "pairs.third.clopos.brand: the key is missing" in error.manager


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CONNECTOR__PAIRS__MAIN__REGION__X": "AZ"}, "pairs.main.region is no table"),
        ({"CONNECTOR__PAIRS__": "AZ"}, "a part of the name is empty"),
        ({"CONNECTOR__LOG__LEVEL": "info", "connector__log__level": "info"}, "sets the same key"),
        ({"CONNECTOR__PAIRS__MAIN__REGIO": "AZ"}, "write region"),
        ({"CONNECTOR__PAIRS__MAIN__CLOPOS": "5"}, "this is text, not a table"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    error = failure(tmp_path, GOOD, environ)
    assert words in error.manager
    assert any(error.manager.startswith(f"environment variable {name}, ") for name in environ)


def test_a_secret_from_the_environment_names_its_variable(tmp_path: Path) -> None:
    variable = "CONNECTOR__PAIRS__MAIN__CLOPOS__CLIENT_SECRET"
    settings = load(tmp_path, GOOD, {variable: "env:NOT_SET"})
    with pytest.raises(ConfigError, match=f"environment variable {variable}, .*NOT_SET is not set"):
        settings.pairs["main"].clopos.client_secret.reveal()


@given(st.text(max_size=20))
def test_any_variable_is_a_value_or_its_own_text(text: str) -> None:
    value = parse_value(text)
    assert value == text or not isinstance(value, str) or text.strip()[0] in "\"'"
    assert parse_value("1\nx = 2") == "1\nx = 2"


def test_the_fingerprint_tells_another_brand_or_store_and_nothing_else(tmp_path: Path) -> None:
    def fingerprint(text: str) -> dict[str, str]:
        return dict(load(tmp_path, text).pairs["main"].fingerprint())

    first = fingerprint(GOOD)
    assert all(len(value) == 32 for value in first.values())
    changes = {
        "clopos.brand": GOOD.replace("mycafe", "othercafe"),
        "clopos.base_url": GOOD.replace("venue_id = 1", 'base_url = "https://test.example.com/v2"'),
        "checkandplace.base_url": GOOD.replace("access_token", 'base_url = "https://qa.example.com"\naccess_token'),
        "checkandplace.access_token": GOOD.replace("-token", "-new-token"),
    }
    assert set(changes) == set(first)
    for key, text in changes.items():
        now = fingerprint(text)
        assert [name for name in first if now[name] != first[name]] == [key]
    same = GOOD.replace("-secret", "-new").replace("pairs.main", "pairs.main").replace('"AZ"', '"TR"')
    assert fingerprint(same) == first


def test_quota_keys(tmp_path: Path) -> None:
    """v2: integrator and brand; v1: the API key; Check&Place: the token (docs/api/clopos.md, section 5)."""

    def key(text: str) -> str:
        return load(tmp_path, text).pairs["main"].clopos.quota_key()

    assert key(GOOD) == key(GOOD.replace("-id", "-other").replace("-secret", "-other"))
    assert len({key(GOOD), key(GOOD.replace("mycafe", "x")), key(GOOD.replace("-integrator", "-other")), key(V1)}) == 4
    assert key(V1) == key(V1.replace("mycafe", "x"))
    assert key(V1) != key(V1.replace('-id"', '-other"'))
    both = load(tmp_path, GOOD + SECOND).pairs.values()
    assert len({pair.clopos.quota_key() for pair in both}) == 1
    assert len({pair.clopos.brand_key() for pair in both}) == 1
    assert len({pair.checkandplace.quota_key() for pair in both}) == 2
    assert len({pair.checkandplace.store_key() for pair in both}) == 2
