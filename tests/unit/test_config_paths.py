"""Paths in the settings that lead nowhere: each is told in a sentence, and none ends in a mistake of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.config.database import database_url
from connector.config.load import FILE_VARIABLE, find_file, load_settings
from connector.domain.errors import ConfigError
from tests.unit.config_kit import GOOD, MARK, failure, load, write

NOBODY = "~nobody-of-this-name/x.toml"
TOO_LONG = "x" * 300


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("absent.toml", "there is no file", id="no such file"),
        pytest.param(NOBODY, "there is no file", id="nobody has that home"),
        pytest.param(TOO_LONG, "File name too long", id="a name too long"),
        pytest.param(".", "there is no file", id="a folder"),
    ],
)
def test_a_mapping_that_cannot_be_read(tmp_path: Path, path: str, says: str) -> None:
    text = GOOD.replace('timezone = "Asia/Baku"\n', f'timezone = "Asia/Baku"\nmapping = "{path}" {MARK}\n')
    error = failure(tmp_path, text)
    assert error.code == "config-no-file"
    assert "pairs.main.mapping" in str(error)
    assert says in str(error)


def test_a_path_begins_at_the_home_directory_of_whoever_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "token").write_text("from-home\n", encoding="utf-8")
    text = GOOD.replace('url = "sqlite:///connector.db"', 'url = "sqlite:///~/state.db"')
    text = text.replace('timezone = "Europe/Istanbul"', 'timezone = "Europe/Istanbul"\nauthorization = "file:~/token"')
    settings = load(tmp_path, text)
    authorization = settings.pair("main").checkandplace.authorization
    assert authorization is not None
    assert authorization.reveal() == "from-home"
    assert database_url(settings.state.url, tmp_path) == f"sqlite:///{tmp_path}/home/state.db"


def test_a_secret_in_the_home_of_nobody_is_no_secret(tmp_path: Path) -> None:
    text = GOOD.replace(
        'timezone = "Europe/Istanbul"', f'timezone = "Europe/Istanbul"\nauthorization = "file:{NOBODY}"'
    )
    authorization = load(tmp_path, text).pair("main").checkandplace.authorization
    assert authorization is not None
    with pytest.raises(ConfigError) as raised:
        authorization.reveal()
    assert raised.value.code == "config-secret"
    assert "pairs.main.checkandplace.authorization" in str(raised.value)


def test_a_database_in_the_home_of_nobody_is_a_path_like_any_other(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD.replace("sqlite:///connector.db", "sqlite:///~nobody-of-this-name/state.db"))
    assert database_url(settings.state.url, tmp_path) == f"sqlite:///{tmp_path}/~nobody-of-this-name/state.db"


@pytest.mark.parametrize("named", [NOBODY, TOO_LONG, "absent.toml"], ids=["home of nobody", "too long", "absent"])
def test_settings_that_cannot_be_found(named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(None, {FILE_VARIABLE: named})
    assert raised.value.code == "config-no-file"
    with pytest.raises(ConfigError) as raised:
        load_settings(Path(named), {})
    assert raised.value.code == "config-no-file"


def test_the_variable_is_asked_where_no_file_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    other = tmp_path / "other.toml"
    other.write_text(GOOD, encoding="utf-8")
    assert find_file(None, {FILE_VARIABLE: str(file)}) == file
    assert find_file(other, {FILE_VARIABLE: str(file)}) == other
