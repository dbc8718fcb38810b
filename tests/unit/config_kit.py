"""A good settings file, and ways to load a changed one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connector.config import Settings, load_settings
from connector.domain.errors import ConfigError, ExitCode

SENTINEL = "s3cr3t-never-to-be-shown"

GOOD = f"""\
[state]
url = "sqlite:///connector.db"

[pairs.main]
region = "AZ"
timezone = "Asia/Baku"
calling_codes = ["994", "90"]

[pairs.main.clopos]
api = "v2"
client_id = "{SENTINEL}-id"
client_secret = "{SENTINEL}-secret"
brand = "mycafe"
integrator_id = "{SENTINEL}-integrator"
venue_id = 1

[pairs.main.checkandplace]
access_token = "{SENTINEL}-token"
timezone = "Europe/Istanbul"

[pairs.main.gender]
1 = "male"
"""

SECOND = GOOD.partition("\n\n")[2].replace("pairs.main", "pairs.other").replace("-token", "-other-token")
"""A second good pair, for GOOD + SECOND."""

MARK = "#!"
"""Stands at the end of the line that the error must name."""


def write(folder: Path, text: str) -> Path:
    file = folder / "connector.toml"
    file.write_text(text, encoding="utf-8")
    return file


def load(folder: Path, text: str = GOOD, environ: Mapping[str, str] | None = None) -> Settings:
    return load_settings(write(folder, text), environ or {})


def failure(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> ConfigError:
    """The error that loading gives, after the checks that hold for all of them."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, environ)
    return checked(caught.value)


def checked(error: ConfigError) -> ConfigError:
    """One sentence, exit code 78, with something to write instead and a next step; no secret, no cause behind it."""
    sentence = error.manager
    assert error.exit_code is ExitCode.CONFIG
    assert error.code.startswith("config-")
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert "\n" not in sentence
    assert ". " not in sentence
    assert sentence.count("; ") >= 1, "what to write instead"
    assert error.next_step
    for text in (sentence, str(error), repr(error), error.engineer):
        assert SENTINEL not in text
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    return error


def marked_line(text: str) -> int:
    """The number of the line that ends with MARK."""
    numbers = [number for number, line in enumerate(text.split("\n"), 1) if line.endswith(MARK)]
    assert len(numbers) == 1
    return numbers[0]
