"""The population's promises: numbers that can exist, readable spellings, evidence where it is due, labels that fit."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from typing import Any

import httpx
import phonenumbers
import pytest

from connector.domain.match import compatible_names
from connector.domain.phones import read_checkandplace_number, read_clopos_number
from connector.domain.values import known
from connector.simulator.kit import SimClock
from connector.simulator.people import CHECKANDPLACE, CLOPOS, Mix, Record
from connector.simulator.population import make_world
from connector.simulator.world import World

SEEDS = [1, 2, 3]
CODES = ("994", "90")


@lru_cache
def records(seed: int, region: str = "AZ") -> tuple[Record, ...]:
    return tuple(make_world(seed, 400, 400, 240, region=region).records)


@lru_cache
def by_number(seed: int) -> dict[str, list[Record]]:
    held: dict[str, list[Record]] = defaultdict(list)
    for record in records(seed):
        for number in record.numbers:
            held[number].append(record)
    return held


def read(record: Record, region: str) -> str | None:
    """What a reader of the contract's phone rules makes of the primary number."""
    if record.side == CLOPOS:
        return read_clopos_number(record.values["phone"], region, CODES).e164
    return read_checkandplace_number(record.values.get("primary_phone_number"), None, region).e164


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("region", ["AZ", "TR"])
def test_numbers_are_valid_and_every_spelling_reads_as_its_number(seed: int, region: str) -> None:
    for record in records(seed, region):
        assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in record.numbers)
        if {
            "unreadable",
            "invalid",
            "email_only",
            "cash",
            "anonymous",
            "no_phone",
        } & record.traits and not record.numbers:
            assert read(record, region) is None
        else:
            assert read(record, region) == record.numbers[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_text_stands_once_on_clopos(seed: int) -> None:
    """Clopos compares texts (CL-08): the seeded world keeps its own rule."""
    texts = [record.values["phone"] for record in records(seed) if record.side == CLOPOS and record.values["phone"]]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_say_which_names_are_compatible(seed: int) -> None:
    """Across the sides, beside one number: compatible names if and only if it is one person whose names fit (L4)."""
    judged = 0
    for held in by_number(seed).values():
        for left in (record for record in held if record.side == CLOPOS):
            for right in (record for record in held if record.side == CHECKANDPLACE):
                text = known({"text": left.values["name"]})
                first, last = right.values["first_name"], right.values["last_name"]
                name = known({"text": f"{first} {last or ''}".strip(), "first": first, "last": last})
                wanted = left.person == right.person and left.fits and right.fits
                # Where one name was shortened and the double on the other side too, nothing is promised.
                if "double" in left.traits | right.traits:
                    continue
                assert compatible_names(text, name) == wanted, (left, right)
                judged += 1
    assert judged > 200


@pytest.mark.parametrize("seed", SEEDS)
def test_records_of_one_person_share_evidence(seed: int) -> None:
    """Without it a tool that creates a double could not be blamed."""
    people: dict[str, list[Record]] = defaultdict(list)
    for record in records(seed):
        people[record.person].append(record)
    for held in people.values():
        for one in held[1:]:
            number = set(one.numbers) & set(held[0].numbers)
            emails = {str(record.values.get("email")).strip().lower() for record in (one, held[0])}
            assert number or (len(emails) == 1 and "none" not in emails), held


def test_every_kind_of_guest_is_there() -> None:
    population = make_world(4, 150, 150, 90)
    wanted = {
        f"{side} {trait}"
        for side, traits in {
            CLOPOS: "cash",
            CHECKANDPLACE: "anonymous no_phone",
        }.items()
        for trait in f"{traits} ordinary nasty email_only unreadable recycled family double invalid inactive".split()
    }
    assert wanted <= set(population.traits())
    names = [record.values["name"] for record in population.records if record.side == CLOPOS]
    assert any("oğlu" in name or "qızı" in name for name in names)
    assert any("xanım" in name or "bəy" in name or "hanım" in name or "bey" in name for name in names)
    assert any(letter in "".join(names) for letter in "əı")


def test_a_mix_without_oddities() -> None:
    plain = Mix(
        nasty=0, email_only=0, unreadable=0, family=0, recycled=0, doubles=0, cash=0, invalid=0, anonymous=0, no_phone=0
    )
    population = make_world(5, 100, 80, 60, mix=plain)
    assert {trait.split()[1] for trait in population.traits()} <= {"ordinary", "alone", "inactive", "blacklisted"}
    assert all(record.numbers for record in population.records)


async def test_truth_never_goes_over_the_wire() -> None:
    world = World(6, 60, 60, 36, limits=False, clock=SimClock(1_795_000_000, 0))
    keys = set(world.population.people)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.asgi), base_url="http://simulator") as http:
        known_ones: dict[str, Any] = world.credentials
        names = ("client_id", "client_secret", "brand", "integrator_id")
        login = await http.post("/open-api/v2/auth", json={name: known_ones[CLOPOS][name] for name in names})
        customers = await http.get("/open-api/v2/customers?limit=999", headers={"x-token": login.json()["token"]})
        token = known_ones[CHECKANDPLACE]["access_token"]
        guests = await http.get("/v1/customers?per_page=50", headers={"CheckandPlace-Access-Token": token})
    assert (len(customers.json()["data"]), len(guests.json()["customers"])) == (60, 50)
    texts = {value for text in (customers.text, guests.text) for value in _leaves(json.loads(text))}
    assert not texts & keys
    assert not texts & {"seed", "nasty", "double"}


def _leaves(data: object) -> set[str]:
    if isinstance(data, dict):
        return {leaf for key, value in data.items() for leaf in {key} | _leaves(value)}
    if isinstance(data, list):
        return {leaf for value in data for leaf in _leaves(value)}
    return {data} if isinstance(data, str) else set()
