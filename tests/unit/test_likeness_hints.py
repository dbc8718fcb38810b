"""The thresholds of the hints: the table [linking] of a mapping file, and that strength never moves a band."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.config.mapping import default_mapping_path, load_mapping
from connector.domain.errors import ConfigError
from connector.domain.hints import Hint, LinkingRules
from connector.domain.mapping import Mapper
from connector.domain.match import Band
from tests.unit.match_world import World, read_checkandplace, read_clopos, rules

ROW: dict[str, Any] = {"id": 1, "cid": None, "phone": "+994502345678", "phones": [], "email": None}
GUEST = {"id": "g", "primary_phone_number": "994502345678", "country_code": None, "email": None}


@pytest.mark.parametrize(
    ("strength", "hint"),
    [(0, "unlikely"), (39, "unlikely"), (40, "unclear"), (54, "unclear"), (55, "likely"), (100, "likely")],
)
def test_hints(strength: int, hint: str) -> None:
    assert LinkingRules().hint(strength) is Hint(hint)


def test_the_shipped_mapping_says_the_thresholds_in_use() -> None:
    assert load_mapping().linking == LinkingRules()
    assert "\n[linking]\n" in default_mapping_path().read_text("utf-8")


def mapping_with(folder: Path, linking: str) -> Path:
    text = default_mapping_path().read_text("utf-8").split("\n[linking]\n")[0]
    path = folder / "customer.toml"
    path.write_text(f"{text}\n{linking}\n", encoding="utf-8")
    return path


def test_thresholds_are_read_and_read_nothing_anew(tmp_path: Path) -> None:
    plain = load_mapping(mapping_with(tmp_path, ""))
    assert plain.linking == LinkingRules()
    moved = load_mapping(mapping_with(tmp_path, "[linking]\nlikely_same = 80"))
    assert moved.linking == LinkingRules(likely_same=80)
    mappers = [Mapper(mapping, rules("AZ")) for mapping in (plain, moved)]
    assert mappers[0].reader_version == mappers[1].reader_version
    assert mappers[1].linking.likely_same == 80


@pytest.mark.parametrize(
    ("linking", "told"),
    [
        ("[linking]\nlikely_same = 101", "linking.likely_same: is no strength; write a number from 0 to 100"),
        ("[linking]\nlikely_different = -1", "linking.likely_different: is no strength"),
        ("[linking]\nlikely_same = 30", "linking.likely_different: is above likely_same"),
        ("[linking]\nlikely_same = 0.9", "linking.likely_same: is not a whole number"),
        ("[linking]\nlikly_same = 70", "did you mean likely_same?"),
        ("linking = 3", "linking"),
    ],
)
def test_wrong_thresholds_are_refused_by_name(tmp_path: Path, linking: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_mapping(mapping_with(tmp_path, linking))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "first", "last", "facts"),
    [
        ("Aysel Məmmdova", "Aysel", "Məmmədova", ("same phone", "name one letter apart")),
        ("Aysel Mammadova", "Aysel", "Məmmədova", ("same phone", "same name in another spelling")),
        ("Айсел Мамедова", "Aysel", "Məmmədova", ("same phone", "same name in another spelling")),
        ("A. Məmmədova", "Aysel", "Məmmədova", ("same phone", "initial fits")),
        ("Nərmin Məmmədova", "Aysel", "Məmmədova", ("same phone", "same family name only")),
        ("Tural Quliyev", "Aysel", "Məmmədova", ("same phone", "names have nothing in common")),
        ("Əliyev Elçin Rəşid oğlu", "Elçin Vaqif oğlu", "Əliyev", ("same phone", "same name", "another father's name")),
    ],
)
def test_likeness_is_told_and_weighed_but_never_makes_sure(
    name: str, first: str, last: str, facts: tuple[str, ...]
) -> None:
    world = World(
        [read_clopos({**ROW, "name": name}, "AZ")],
        [read_checkandplace({**GUEST, "first_name": first, "last_name": last}, "AZ")],
    )
    (found,) = world.pairs()
    assert (found.evidence.band, found.evidence.why) == (Band.REVIEW, "phone_but_name_differs")
    assert found.evidence.facts == facts


def test_more_evidence_is_stronger() -> None:
    def strength(name: str | None, email: str | None = None, others: int = 0) -> int:
        rows = [{**ROW, "id": number, "name": name, "email": email} for number in range(1 + others)]
        guest = {**GUEST, "first_name": "Aysel", "last_name": "Məmmədova", "email": "aysel@example.com"}
        world = World([read_clopos(row, "AZ") for row in rows], [read_checkandplace(guest, "AZ")])
        return world.pairs()[0].evidence.strength

    ladder = [
        strength("Aysel Məmmədova", "aysel@example.com"), strength("Aysel Məmmədova"), strength("Aysel Mammadova"),
        strength("Aysel Məmmdova"), strength("Aysel Məmmədova", others=1), strength("Aysel Quliyeva"),
        strength("Nərmin Məmmədova"), strength("Tural Rzayev"), strength("Tural Rzayev", others=1),
    ]  # fmt: skip
    assert ladder == sorted(ladder, reverse=True)
    assert len(set(ladder)) == len(ladder)
    assert ladder[0] == 100
