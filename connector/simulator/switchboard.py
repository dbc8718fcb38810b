"""All switches of both simulators at once: described, set by id or name, read from a profile file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connector.simulator.checkandplace.switches import NO_SWITCH as CHECKANDPLACE_WITHOUT
from connector.simulator.checkandplace.switches import TABLE as CHECKANDPLACE_TABLE
from connector.simulator.clopos.switches import FORMS
from connector.simulator.clopos.switches import NO_SWITCH as CLOPOS_WITHOUT
from connector.simulator.clopos.switches import TABLE as CLOPOS_TABLE
from connector.simulator.kit import Switches
from connector.simulator.people import CHECKANDPLACE, CLOPOS

TABLES = {CLOPOS: CLOPOS_TABLE, CHECKANDPLACE: CHECKANDPLACE_TABLE}
WITHOUT = {**CLOPOS_WITHOUT, **CHECKANDPLACE_WITHOUT}
"""Entries of the registers that have nothing to switch, with the reason."""
PREFIXES = {"CL-": CLOPOS, "CP-": CHECKANDPLACE}


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """One switch as the command's help shows it; `help` begins with "assumed", because no vendor says so."""

    side: str
    id: str
    name: str
    default: str
    alternatives: tuple[str, ...]
    help: str
    free: bool


def describe_switches() -> list[SwitchRow]:
    """Every switch of both sides, by side and register id."""
    rows = [
        SwitchRow(side, switch.id, switch.name, switch.default, switch.alternatives, switch.help, switch.free)
        for side, table in TABLES.items()
        for switch in table
    ]
    return sorted(rows, key=lambda row: (row.side != CLOPOS, row.id, row.name))


class Switchboard:
    """The switches of both sides. A setting is named by register id (`CL-03`, where the entry has one switch), by id
    and name (`CL-11.list_shape`), by side and name (`clopos.list_shape`) or by a name that only one side has."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.sides = {side: Switches(table) for side, table in TABLES.items()}
        for name, word in (settings or {}).items():
            self.set(name, word)

    def set(self, name: str, word: str) -> None:
        """Set one switch; ValueError names what is wrong."""
        head, _, rest = name.partition(".")
        for prefix, side in PREFIXES.items():
            if name.startswith(prefix):
                if head in WITHOUT:
                    raise ValueError(f"{head} has no switch: {WITHOUT[head]}")
                self._set(side, name, word)
                return
        if head in self.sides and rest:
            self._set(head, rest, word)
            return
        holders = [side for side, switches in self.sides.items() if name in switches.table]
        if len(holders) > 1:
            raise ValueError(f"both sides have {name}: say {' or '.join(f'{side}.{name}' for side in holders)}")
        if not holders:
            raise ValueError(f"no such switch: {name}")
        self._set(holders[0], name, word)

    def _set(self, side: str, name: str, word: str) -> None:
        form = FORMS.get(name.rpartition(".")[2]) if side == CLOPOS else None
        if form is not None and not re.fullmatch(form, word):
            raise ValueError(f"{name}: {word!r} does not fit {form}")
        self.sides[side].set(name, word)

    def words(self) -> dict[str, dict[str, str]]:
        """The present words by side and name."""
        return {side: dict(switches.words) for side, switches in self.sides.items()}


def parse_setting(text: str) -> tuple[str, str]:
    """`CL-03=ignored` to its two halves; ValueError without `=`."""
    name, equals, word = text.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"{text!r} is no setting: write ID=WORD, for example CL-03=ignored")
    return name.strip(), word.strip()


def load_profile(path: str | Path) -> dict[str, str]:
    """The settings of a TOML profile: `CL-03 = "ignored"` at the top, names in the tables `[clopos]` and
    `[checkandplace]`. ValueError on anything that is no switch or no word of it, with the file's name."""
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    settings: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            settings |= {f"{name}.{inner}": _word(path, inner, word) for inner, word in value.items()}
        else:
            settings[name] = _word(path, name, value)
    try:
        Switchboard(settings)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return settings


def _word(path: str | Path, name: str, value: object) -> str:
    """A value as a switch's word: text, number, or a list joined by commas."""
    if isinstance(value, list):
        return ",".join(str(word) for word in value)
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise ValueError(f"{path}: {name} must be a word in quotes, a number or a list of words")
