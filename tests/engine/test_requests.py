"""How many requests a run sends: never one more than safety asks for (no faults, no other writers)."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import ExitCode
from connector.engine.context import Progress
from connector.simulator.kit import Fault, Logged
from tests.engine.harness import Bench

CLOPOS_PAGE, GUESTS_PAGE = 10, 20
ENDS = 2
"""Requests that ask whether the list ends where the listing did: the row behind the last one, twice (CP-04)."""
SIZE: dict[str, Any] = {"clopos": 30, "checkandplace": 30, "shared": 18}


def kind(entry: Logged) -> str:
    """What a request is for, as far as its method, path and query tell."""
    if entry.path.endswith("/auth"):
        return "login"
    if entry.method == "PATCH":
        return "update"
    if entry.method == "POST":
        return f"create {entry.side}"
    if entry.side == "checkandplace":
        return "listing"
    if not entry.path.endswith("/customers"):
        return "read by id"
    if "filters[0][0]" in entry.query:
        return "look-up"
    return {"id": "scan", "updated_at": "quick", "created_at": "newest"}[entry.query["sort[0]"]]


def requests(bench: Bench) -> Counter[str]:
    """The last run's requests by what they are for."""
    return Counter(kind(entry) for entry in bench.sent)


def pages(rows: int, size: int) -> int:
    return math.ceil(rows / size)


def clopos_size(bench: Bench) -> int:
    return len(bench.world.clopos.customers)


def guests_size(bench: Bench) -> int:
    return len(bench.world.checkandplace.customers)


def listing(bench: Bench, guests: int | None = None) -> int:
    """Requests of one listing: its pages and the empty one that proves the end."""
    return pages(guests_size(bench) if guests is None else guests, GUESTS_PAGE) + 1


def make(folder: Path, **options: Any) -> Bench:
    tables = {"clopos_table": f"page_size = {CLOPOS_PAGE}", "checkandplace_table": f"per_page = {GUESTS_PAGE}"}
    return Bench(folder, **{**SIZE, **tables, **options})


async def ready(folder: Path, **options: Any) -> Bench:
    """A finished backfill, settled, and every kind of write proved."""
    bench = make(folder, **options)
    await bench.run("backfill")
    edit(bench, 1)
    await bench.run("sync")
    await bench.run("sync")
    assert bench.writes == []
    return bench


def edit(bench: Bench, count: int) -> None:
    """Staff change the names of so many linked customers on Clopos, each to one that nobody had."""
    word = "".join(chr(ord("a") + int(digit)) for digit in str(len(bench.world.log.entries)))
    for number, (clopos_id, _guest) in enumerate(sorted(bench.links())[:count]):
        bench.world.staff_edit("clopos", clopos_id, {"name": f"Test{'a' * number} Testov{word}"})


@pytest.mark.parametrize(("shape", "more"), [("total", 0), ("no_total", 1), ("bare_array", 1), ("pagination", 0)])
async def test_a_first_backfill(tmp_path: Path, shape: str, more: int) -> None:
    """Clopos once, Check&Place twice, one request per create, on Clopos with one look-up before each (CL-08, CL-16),
    and one reading after the first create of each side. Where Clopos does not say how many there are, one empty page
    proves the end (CL-04, CL-11)."""
    bench = make(tmp_path, switches={"clopos.list_shape": shape})
    result = await bench.run("backfill")
    assert result.counts["created.clopos"] > 1
    assert result.counts["created.checkandplace"] > 1
    assert requests(bench) == {
        "login": 1,
        "scan": pages(30, CLOPOS_PAGE) + more,
        "listing": 2 * listing(bench, 30) + listing(bench, 31),
        "read by id": 1,
        "look-up": result.counts["created.clopos"],
        "create clopos": result.counts["created.clopos"],
        "create checkandplace": result.counts["created.checkandplace"],
    }


async def test_a_clopos_page_that_is_exactly_full(tmp_path: Path) -> None:
    """`total` different rows are the end, also where the last page is full."""
    bench = make(tmp_path, clopos=20, checkandplace=0, shared=0)
    await bench.run("diff")
    assert requests(bench) == {"login": 1, "scan": 2, "listing": listing(bench, 0)}


async def test_a_run_with_nothing_to_do(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    await bench.run("sync")
    reading = {"scan": pages(clopos_size(bench), CLOPOS_PAGE), "listing": listing(bench)}
    assert requests(bench) == reading, "the token of the earlier runs of this process is still good"
    await bench.run("diff")
    assert requests(bench) == reading


async def test_a_first_update_costs_one_reading_and_the_others_none(tmp_path: Path) -> None:
    bench = make(tmp_path)
    await bench.run("backfill")
    edit(bench, 3)
    result = await bench.run("sync")
    reading = {"scan": pages(clopos_size(bench), CLOPOS_PAGE), "listing": listing(bench)}
    assert result.counts["updated.checkandplace"] == 3
    assert requests(bench) == {**reading, "listing": 2 * listing(bench), "update": 3}
    edit(bench, 4)
    result = await bench.run("sync")
    assert result.counts["updated.checkandplace"] == 4
    assert requests(bench) == {**reading, "update": 4}


async def test_a_quick_run_without_newer_rows_reads_one_page_of_clopos(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    bench.clock.pass_time(3600)
    await bench.run("sync")
    await bench.run("quick")
    assert requests(bench) == {"quick": 1, "listing": listing(bench)}
    edit(bench, 2)
    await bench.run("quick")
    assert requests(bench) == {"quick": 1, "listing": listing(bench), "update": 2}


async def test_a_create_on_clopos_in_a_quick_run_costs_one_look_up(tmp_path: Path) -> None:
    """A create needs a reading of its target: the last complete scan, the quick rows and one look-up by phone."""
    bench = await ready(tmp_path)
    guest = {"first_name": "Lalə", "last_name": "Quliyeva", "primary_phone_number": "994557770103"}
    bench.world.staff_create("checkandplace", guest)
    result = await bench.run("quick")
    assert result.counts["created.clopos"] == 1
    assert requests(bench) == {"quick": 1, "listing": listing(bench), "look-up": 1, "create clopos": 1}


def meanwhile(bench: Bench, what: Any, *, after: int = 0) -> dict[str, Any]:
    """Options of a run during which `what` happens after everything was read and so many operations were done."""
    done: list[bool] = []

    def progress(step: Progress) -> None:
        if step.step == "apply" and step.done == after and not done:
            done.append(True)
            what()

    return {"progress": progress}


def guests(bench: Bench, count: int) -> list[str]:
    """New guests at the tables, on Check&Place alone; their numbers."""
    numbers = [f"9945577702{number:02d}" for number in range(count)]
    for place, number in enumerate(numbers):
        fields = {"first_name": "Qonaq", "last_name": f"Quliyev{'a' * place}", "primary_phone_number": number}
        bench.world.staff_create("checkandplace", fields, f"guest {number}")
    return numbers


def cashier(bench: Bench, numbers: list[str]) -> None:
    """The guests of `guests`, typed into Clopos; whom the connector made there meanwhile is known there already."""
    there = {customer.phone for customer in bench.world.clopos.customers.values()}
    for place, number in enumerate(numbers):
        if f"+{number}" not in there:
            name = f"Qonaq Quliyev{'a' * place}"
            bench.world.staff_create("clopos", {"name": name, "phone": f"+{number}"}, f"guest {number}")


async def test_a_duplicate_that_is_visible_costs_at_most_four_look_ups(tmp_path: Path) -> None:
    """A cashier types the same guests in while the run is on its way. This server compares the whole text of a number
    when it looks one up, so the last nine digits find nobody and the create is sent (CL-08)."""
    bench = await ready(tmp_path, switches={"clopos.phone_filter": "exact"})
    numbers = guests(bench, 4)
    result = await bench.run("sync", **meanwhile(bench, lambda: cashier(bench, numbers), after=1))
    sent = requests(bench)
    assert result.counts["linked"] == 3
    assert sent["create clopos"] == 4
    assert 4 + 3 <= sent["look-up"] + sent["newest"] <= 4 + 3 * 3
    assert sent["scan"] == pages(clopos_size(bench) - 4, CLOPOS_PAGE)
    assert bench.world.doubles_made() == []


async def test_who_is_typed_in_before_the_create_is_found_before_it_is_sent(tmp_path: Path) -> None:
    """Each create looks its number up first, however young the list is (CL-16): one request each."""
    bench = await ready(tmp_path)
    numbers = guests(bench, 3)
    result = await bench.run("sync", **meanwhile(bench, lambda: cashier(bench, numbers)))
    sent = requests(bench)
    assert result.counts["linked"] == 3
    assert (sent["create clopos"], sent["look-up"]) == (0, 3)
    assert bench.world.doubles_made() == []


async def test_a_number_typed_another_way_is_no_second_customer(tmp_path: Path) -> None:
    """The server compares the text of numbers, so the same number in another form is no 409 there (CL-08): only the
    look-up before the create finds it."""
    bench = await ready(tmp_path)
    number = guests(bench, 1)[0]

    def typed() -> None:
        fields = {"name": "Qonaq Quliyev", "phone": f"0{number[3:5]} {number[5:8]} {number[8:]}"}
        bench.world.staff_create("clopos", fields, f"guest {number}")

    result = await bench.run("sync", **meanwhile(bench, typed))
    assert (result.counts["linked"], requests(bench)["create clopos"]) == (1, 0)
    assert bench.world.doubles_made() == []


async def test_a_look_up_without_an_answer_leaves_that_create_for_the_next_run(tmp_path: Path) -> None:
    """Nobody is created unasked, and the others go on."""
    bench = await ready(tmp_path)
    guests(bench, 3)

    def silent() -> None:
        bench.world.faults.planned.append(Fault("clopos", "status:503", method="GET", times=5))

    result = await bench.run("sync", **meanwhile(bench, silent))
    assert result.counts["not_sent_now.clopos"] >= 1
    assert result.exit_code == ExitCode.PARTLY
    again = await bench.run("sync")
    created = result.counts["created.clopos"] + again.counts["created.clopos"]
    assert (created, again.exit_code, bench.world.doubles_made()) == (3, ExitCode.DONE, [])


async def test_a_duplicate_that_is_not_visible_costs_four_look_ups(tmp_path: Path) -> None:
    """The number belongs to a deleted customer, whom the API does not show (CL-10)."""
    bench = await ready(tmp_path, switches={"clopos.deleted_phone": "kept"})
    numbers = guests(bench, 2)
    for number in numbers:
        key = bench.world.staff_create("clopos", {"name": "Köhnə Müştəri", "phone": f"+{number}"})
        bench.world.staff_delete("clopos", key)
    result = await bench.run("sync")
    sent = requests(bench)
    assert sent["create clopos"] == 2
    assert sent["look-up"] + sent["newest"] == 2 * 4
    assert [row["code"] for row in bench.queue("hold")].count("duplicate-not-visible") == 2
    assert result.counts["duplicates.clopos"] == 2
    await bench.run("sync")
    assert bench.writes == [], "what was refused is not sent again"


async def test_all_refused_creates_of_check_and_place_share_one_listing(tmp_path: Path) -> None:
    """Staff enter the same people at the tables while the run is on its way (CP-14), right behind the question whether
    the list ends where the listing did, which the first create of a run asks (CP-04)."""
    bench = await ready(tmp_path)
    people = [(f"Kamran Quliyev{'a' * place}", f"9945577703{place:02d}") for place in range(5)]
    for name, number in people:
        bench.world.staff_create("clopos", {"name": name, "phone": f"+{number}"}, f"guest {number}")

    def waiter() -> None:
        for name, number in people[1:]:
            first, last = name.split()
            fields = {"first_name": first, "last_name": last, "primary_phone_number": number}
            bench.world.staff_create("checkandplace", fields, f"guest {number}")

    before = listing(bench)
    result = await bench.run("sync", **meanwhile(bench, waiter, after=1))
    assert result.counts["refused.checkandplace"] == 4
    assert requests(bench) == {
        "scan": pages(clopos_size(bench), CLOPOS_PAGE), "listing": before + ENDS + listing(bench),
        "create checkandplace": 5,
    }  # fmt: skip
    assert result.counts["linked"] == 4
    assert bench.world.doubles_made() == []


async def test_operations_on_an_old_reading_share_one_listing(tmp_path: Path) -> None:
    """A write rests on a reading no older than `max_reading_age`: one listing for all that are left."""
    bench = await ready(tmp_path)
    edit(bench, 5)
    result = await bench.run("sync", **meanwhile(bench, lambda: bench.clock.pass_time(601)))
    assert result.counts["updated.checkandplace"] == 5
    reading = {"scan": pages(clopos_size(bench), CLOPOS_PAGE), "listing": 2 * listing(bench)}
    assert requests(bench) == {**reading, "update": 5}


async def test_a_new_process_logs_in_once(tmp_path: Path) -> None:
    bench = await ready(tmp_path)
    bench.tokens = type(bench.tokens)()
    edit(bench, 2)
    await bench.run("sync")
    assert requests(bench)["login"] == 1
