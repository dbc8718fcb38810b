"""Secrets are had from where they are kept, when they are needed, and shown by nothing."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError

from connector.config import Secret, Settings, open_secrets, resolve_secret
from connector.config.place import Place
from connector.config.secrets import kind_of
from connector.domain.errors import ConfigError
from tests.unit.config_kit import GOOD, SENTINEL, load

PLACE = Place(Path("connector.toml"), "pairs.main.clopos.client_secret", 7)
ENVIRON = {"TOKEN": "from env", "LINE": "from env\n", "EMPTY": "", "PATH": "/usr/bin:/bin"}


def secret(text: str, folder: Path = Path()) -> Secret:
    return Secret(text, place=PLACE, folder=folder, environ=ENVIRON)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("with: colon", "with: colon"),
        ("https://x", "https://x"),
        ("env", "env"),
        ("literal:env:TOKEN", "env:TOKEN"),
        ("literal:literal:x", "literal:x"),
        ("env:TOKEN", "from env"),
        ("env: TOKEN", "from env"),
        ("ENV:TOKEN", "from env"),
        ("env:LINE", "from env"),
        ("file:token.txt", "from file"),
        ("file:./below/../token.txt", "from file"),
        ("cmd:cat token.txt", "from file"),
        ("cmd:echo 'two  words'", "two  words"),
        ("cmd:printenv TOKEN", "from env"),
        ("cmd:echo $TOKEN; echo `id` > x", "$TOKEN; echo `id` > x"),  # no shell
    ],
)
def test_where_a_secret_comes_from(tmp_path: Path, text: str, value: str) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "token.txt").write_text("from file\r\n")
    assert resolve_secret(text, place=PLACE, folder=tmp_path, environ=ENVIRON) == value
    assert secret(text, tmp_path).reveal() == value
    assert not (tmp_path / "x").exists()


def test_an_absolute_file_and_one_of_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token.txt").write_text("x")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert secret(f"file:{tmp_path / 'token.txt'}").reveal() == "x"
    assert secret("file:~/token.txt").reveal() == "x"


@pytest.mark.parametrize(
    ("content", "problem"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "not UTF-8"), (b"a\nb", "one line")]
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "token.txt").write_bytes(content)
    with pytest.raises(ConfigError, match=problem):
        secret("file:token.txt", tmp_path).reveal()
    with pytest.raises(ConfigError, match="cannot be read"):
        secret("file:.", tmp_path).reveal()


def test_a_command_is_stopped_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.config.secrets.COMMAND_SECONDS", 0.3)
    (tmp_path / "slow").write_text("#!/bin/sh\n(sleep 2; touch late) &\nsleep 5\n")
    (tmp_path / "slow").chmod(0o700)
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"took longer than 0\.3 s"):
        secret("cmd:./slow", tmp_path).reveal()
    assert time.monotonic() - began < 1.5
    assert not (tmp_path / "late").exists()


def test_a_command_reads_no_input_and_its_complaints_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        secret(f"cmd:sh -c 'cat; echo {SENTINEL} >&2; exit 3'", tmp_path).reveal()
    assert "failed with exit code 3" in caught.value.manager
    assert SENTINEL not in str(caught.value)


def test_a_secret_is_looked_up_when_it_is_needed_and_once(tmp_path: Path) -> None:
    one = secret("file:token.txt", tmp_path)  # the file is not there yet
    assert not one.looked_up
    (tmp_path / "token.txt").write_text("old")
    assert one.reveal() == "old"
    (tmp_path / "token.txt").write_text("new")
    assert (one.reveal(), one.looked_up) == ("old", True)
    one.forget()
    assert one.reveal() == "new"


SHOWN: list[Callable[[Settings], str]] = [
    repr,
    str,
    lambda settings: repr(settings.pairs["main"].clopos),
    lambda settings: f"{settings.pairs['main'].clopos.client_secret!s:>5}",
    lambda settings: str(settings.model_dump()),
    lambda settings: str([list(pair) for pair in settings.pairs["main"].clopos]),
    lambda settings: repr(settings.pairs["main"].secrets()),
    lambda settings: str(settings.pairs["main"].fingerprint()),
    lambda settings: settings.pairs["main"].clopos.quota_key() + settings.pairs["main"].checkandplace.quota_key(),
    lambda settings: settings.pairs["main"].clopos.credential_key() + settings.pairs["main"].clopos.brand_key(),
    lambda settings: "%s %r" % (settings.state.url, settings.state.url),  # noqa: UP031 - as a log line would
]


@pytest.mark.parametrize("show", SHOWN)
def test_nothing_shows_a_secret(tmp_path: Path, show: Callable[[Settings], str]) -> None:
    settings = load(tmp_path, GOOD.replace("sqlite:///connector.db", f"postgresql://u:{SENTINEL}@db/x"))
    open_secrets(settings, settings.pairs)
    shown = show(settings)
    assert shown
    assert SENTINEL not in shown


def test_no_log_line_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%s %r %s", secret(SENTINEL), secret(SENTINEL), [secret(SENTINEL)])
    assert SENTINEL not in caplog.text
    assert "**********" in caplog.text


def test_a_secret_cannot_be_stored_or_sent_by_accident(tmp_path: Path) -> None:
    settings = load(tmp_path)
    for store in (pickle.dumps, json.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            store(settings.pairs["main"].clopos.client_secret)
    with pytest.raises(PydanticSerializationError):
        settings.model_dump_json()


def test_of_a_command_only_its_first_word_is_shown() -> None:
    assert repr(secret(f"cmd:vault {SENTINEL}")) == "Secret(cmd:vault)"
    assert repr(secret("env:TOKEN")) == "Secret(env:TOKEN)"
    assert (secret("env:TOKEN").reference, secret("x").reference) == ("env:TOKEN", None)


@given(st.text(st.characters(min_codepoint=32, blacklist_characters="\x7f"), min_size=1))
def test_any_text_can_be_a_secret_behind_literal(text: str) -> None:
    assert resolve_secret(f"literal:{text}", place=PLACE, folder=Path(), environ={}) == text
    assert kind_of(f"literal:{text}") == ("literal", text)


@given(st.text(max_size=12))
def test_two_secrets_are_equal_when_they_are_written_alike(text: str) -> None:
    assert secret(text) == secret(text)
    assert hash(secret(text)) == hash(secret(text))
    assert secret(text) != secret(text + "x")
    assert secret(text) != text
