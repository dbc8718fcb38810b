"""Finds, reads and checks the settings. Every mistake is one sentence (ConfigError, exit code 78)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connector.config.base import Table
from connector.config.checks import refuse_shared_stores
from connector.config.document import read_document
from connector.config.explain import explain, path_of
from connector.config.home import expanded
from connector.config.locate import KeyPath
from connector.config.model import Settings
from connector.config.overrides import Override, apply_overrides, use_text
from connector.config.place import Place, Source
from connector.config.secrets import Secret
from connector.domain.errors import typed_path

FILE_NAME = "connector.toml"
FILE_VARIABLE = "CONNECTOR_CONFIG"


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path:
    """The settings file: `path`, else CONNECTOR_CONFIG, else ./connector.toml. Raises ConfigError if there is none."""
    named = environ.get(FILE_VARIABLE, "")
    file = path or (expanded(named) if named else Path(FILE_NAME))
    if _exists(file):
        return file
    init = f"connector init --config {typed_path(path)}" if path is not None else "connector init"
    if path is None and named:
        place, instead = Place(file, "the settings file", None, FILE_VARIABLE), "set it to the path of your file"
    else:
        place, instead = Place(file), f"write one with `{init}`, or name yours by --config or {FILE_VARIABLE}"
    problem = f"there is no file {file}" if path is None and named else "there is no such file"
    raise place.error("config-no-file", problem, instead, next_step=init)


def _exists(file: Path) -> bool:
    """Whether there is such a file, or something in the way of knowing, which whoever reads it names."""
    try:
        return file.exists()
    except OSError:
        return True


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of `path` (see `find_file`) with the environment's over them.

    Secrets are not looked up yet (`PairSettings.secrets`, `open_secrets`). Raises ConfigError.
    """
    file = find_file(path, environ)
    read, data = read_document(file)
    overrides = apply_overrides(data, environ, file)
    source = Source(file, read.text, {override.path: override.variable for override in overrides})
    settings = _validated(data, overrides, source, environ)
    settings._source = source
    for name, pair in settings.pairs.items():
        pair._name = name
        pair._source = source
        pair._beside = tuple(settings.pairs)
    _tell_secrets_their_place(settings, (), source)
    refuse_shared_stores(settings)
    return settings


def _validated(data: dict[str, Any], overrides: list[Override], source: Source, environ: Mapping[str, str]) -> Settings:
    context = {"folder": source.file.absolute().parent, "environ": environ}
    try:
        return Settings.model_validate(data, context=context)
    except ValidationError as error:
        # A variable's 12345 is a number in TOML; where the key wants text, it is that text.
        at_fault = {path_of(details) for details in error.errors()}
        retried = [use_text(data, override) for override in overrides if override.path in at_fault]
        if not any(retried):
            raise explain(error, source) from None
    try:
        return Settings.model_validate(data, context=context)
    except ValidationError as error:
        raise explain(error, source) from None


def _tell_secrets_their_place(table: Table, path: KeyPath, source: Source) -> None:
    for name, value in table:
        for inner, below in value.items() if isinstance(value, dict) else [(None, value)]:
            key = (*path, name) if inner is None else (*path, name, inner)
            if isinstance(below, Secret):
                below.place = source.place(key)
            elif isinstance(below, Table):
                _tell_secrets_their_place(below, key, source)
