"""Rows that no honest server sends: they cost at most their own record, by name, never the run or what is known."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from tests.crash.kit import difference, result
from tests.crash.staff import by_person
from tests.engine.fault_kit import SMALL, Tamper, Told, backfilled, run, synced
from tests.engine.harness import Bench

NAME = {CLOPOS: "name", CHECKANDPLACE: "first_name"}
PHONE = {CLOPOS: "phone", CHECKANDPLACE: "primary_phone_number"}
DEEP = "[" * 200 + "]" * 200

HOSTILE = {
    "half an emoji": {"NAME": r'"Ay\ud83dsel"'},
    "half an emoji beside the point": {"note": r'"x\ude00"', "description": r'"x\ude00"'},
    "NaN for a number": {"PHONE": "NaN"},
    "infinity beside the point": {"total_amount": "-Infinity", "discount": "Infinity"},
    "10,000 letters": {"NAME": json.dumps("Ə" * 10_000)},
    "a megabyte of digits": {"PHONE": json.dumps("5" * 1_000_000)},
    "a huge number": {"PHONE": "9" * 5_000},
    "nested junk for a name": {"NAME": '{"first": ' + DEEP + "}", "email": DEEP},
    "wrong types": {"NAME": "5", "PHONE": '{"number": 1}', "email": "[true]", "phones": '"x"', "gender": '"?"'},
    "wrong types of traits": {"status": '"maybe"', "is_active": "[]", "blacklist": '"no"', "permits": "3"},
    "times that are none": {"created_at": '"yesterday"', "updated_at": "-1"},
    "days that never were": {
        "created_at": '"0203-03-12T16:37:15.000000Z"', "updated_at": '"31.02.2025 10:00"',
        "date_of_birth": '"2025-02-31"',
    },
    "numbers beyond 64 bits": {"gender": "18446744073709551617", "group_id": "99999999999999999999", "note": "9" * 40},
    "nesting without end": {"note": "[" * 1500 + "]" * 1500, "description": "[" * 1500 + "]" * 1500},
    "duplicate keys": {"NAME": '"Əvvəl", "NAME": "Sonra"'},
    "control characters": {"NAME": r'"Ay\u0000sel\u001b[31m\u202e"'},
    "a script": {"NAME": '"<script>alert(1)</script>"', "note": '"<img src=x onerror=alert(1)>"'},
    "a formula": {"NAME": json.dumps("=HYPERLINK(\"http://x\",\"y\")"), "email": '"@SUM(A1)"'},
    "SQL": {"NAME": '"Robert\'); DROP TABLE link;--"'},
    "null everywhere": {"NAME": "null", "PHONE": "null", "email": "null", "phones": "null", "created_at": "null"},
}  # fmt: skip
"""What is wrong -> attribute -> its value as the JSON text on the wire. NAME and PHONE are the side's own."""

UNREADABLE = (
    "nesting without end", "half an emoji", "half an emoji beside the point", "NaN for a number",
    "infinity beside the point",
)  # fmt: skip
"""No JSON text at all, to a strict reader: such a record is named in the log."""


def spoil(side: SideName, record_id: str, wrong: dict[str, str]) -> Any:
    """Rows with one of them spoilt, as the bytes of their array."""

    def text_of(row: dict[str, Any]) -> str:
        if str(row["id"]) != record_id:
            return json.dumps(row)
        told = {name.replace("NAME", NAME[side]).replace("PHONE", PHONE[side]): value for name, value in wrong.items()}
        kept = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in row.items() if name not in told]
        spoilt = [f"{json.dumps(name)}: {value.replace('NAME', NAME[side])}" for name, value in told.items()]
        return "{" + ", ".join([*kept, *spoilt]) + "}"

    return lambda _page, rows: ("[" + ", ".join(map(text_of, rows)) + "]").encode()


async def ready(folder: Path) -> Bench:
    bench = Bench(folder, **SMALL)
    await backfilled(bench)
    await synced(bench)
    return bench


def staff_elsewhere(bench: Bench, one: str) -> None:
    """An edit and two new people, none of whom is the spoilt record."""
    world = bench.world
    world.staff_edit("clopos", one, {"phone": "+994557770101"})
    world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    guest = {"first_name": "Lalə", "last_name": "Quliyeva", "primary_phone_number": "994557770103"}
    world.staff_create("checkandplace", guest, "lale")


def secrets_of(bench: Bench) -> set[str]:
    """What must stand in no log: numbers, names and addresses of guests."""
    people = [*bench.world.clopos.customers.values(), *bench.world.checkandplace.customers.values()]
    words = {getattr(p, "email", None) for p in people} | {getattr(p, "primary_phone_number", None) for p in people}
    words |= {number for c in bench.world.clopos.customers.values() for number in c.numbers()}
    return {str(word) for word in words if word and len(str(word)) > 6}


_plain: list[Told] = []


async def plain(folder: Path) -> Told:
    """How it ends without a hostile row; found out once."""
    if not _plain:
        bench = await ready(folder)
        staff_elsewhere(bench, by_person(bench)[0][0])
        await synced(bench)
        _plain.append(result(bench))
    return _plain[0]


def without(told: Told, person: str | None) -> Told:
    """Links and people of a result, but those of one person."""
    return {
        part: Counter({key: count for key, count in told[part].items() if key[0] != person})
        for part in ("links", "clopos", "checkandplace")
    }


@pytest.mark.parametrize("side", [CLOPOS, CHECKANDPLACE])
@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_row_costs_nobody_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], what: str, side: SideName
) -> None:
    bench = await ready(tmp_path / "hostile")
    (one, guest), pair = by_person(bench)[:2]
    victim = pair[0] if side is CLOPOS else pair[1]
    links = bench.links()
    capfd.readouterr()
    tamper = Tamper(bench, side.value, spoil(side, victim, HOSTILE[what]))
    staff_elsewhere(bench, one)
    for _ in range(3):
        await run(bench, "sync")
    labels = list(bench.world.labels().values())
    assert labels.count("kamran") == labels.count("lale") == 2, "others are created"
    assert bench.world.checkandplace.customers[guest].primary_phone_number == "994557770101", "others are updated"
    assert links <= bench.links(), "nobody is unlinked"
    assert all(not bench.ctx.readings[each].torn for each in SideName)
    said = "".join(capfd.readouterr())
    if what in UNREADABLE:
        assert any(f"record={victim}" in line and f"side={side.value}" in line for line in said.splitlines())
    assert [word for word in secrets_of(bench) if word in said] == []

    tamper.on = False
    await synced(bench)
    person = bench.world.labels()[side.value, victim]
    expected = await plain(tmp_path / "plain")
    assert difference(without(expected, person), without(result(bench), person)) == {}
    assert pair in bench.links()
    assert bench.world.doubles_made() == []
    assert bench.wrong_links() == []


@pytest.mark.parametrize("side", [CLOPOS, CHECKANDPLACE])
async def test_ids_as_long_texts(tmp_path: Path, side: SideName) -> None:
    """An id of more than 64 bits, as a number or as text, is one and the same record (CL-39)."""
    bench = await ready(tmp_path)
    links = bench.links()
    big = "18446744073709551617"
    for id_ in (big, f'"{big}"'):
        row = json.dumps({"id": "X", NAME[side]: "Kamran", PHONE[side]: "+994557770104"}).replace('"X"', id_)

        def rows(_page: int, found: list[Any], more: str = row) -> bytes | list[Any]:
            return ("[" + ", ".join([*map(json.dumps, found), more]) + "]").encode() if found else found

        tamper = Tamper(bench, side.value, rows)
        await run(bench, "diff")
        tamper.on = False
    assert len(bench.rows("SELECT id FROM record WHERE remote_id = :big", big=big)) == 1
    assert bench.links() == links
