"""What the two staffs of a restaurant do between two runs."""

from __future__ import annotations

from tests.engine.harness import Bench


def by_person(bench: Bench) -> list[tuple[str, str]]:
    """(Clopos id, Check&Place id) of links whose people have one record on each side, in the order of the labels."""
    labels = bench.world.labels()
    people = list(labels.values())
    alone = [(labels["clopos", c], c, p) for c, p in bench.links() if people.count(labels["clopos", c]) == 2]
    return [(c, p) for _who, c, p in sorted(alone, key=str)]


def staff_at_work(bench: Bench) -> None:
    """What the two staffs do between two runs: edits on both sides, of one field and of two, and new customers."""
    world = bench.world
    (one, _), (_, two), (three, three_guest), (four, four_guest) = by_person(bench)[:4]
    world.staff_edit("clopos", one, {"name": "Yeni Testov", "phone": "+994557770100"})
    world.staff_edit("checkandplace", two, {"last_name": "Testzade"})
    world.staff_edit("clopos", three, {"phone": "+994557770101"})
    world.staff_edit("checkandplace", three_guest, {"first_name": "Ikinci"})
    world.staff_edit("clopos", four, {"name": "Bir Tarafov"})
    world.staff_edit("checkandplace", four_guest, {"first_name": "Digər"})
    world.staff_create("clopos", {"name": "Kamran Quliyev", "phone": "+994557770102"}, "kamran")
    guest = {"first_name": "Lalə", "last_name": "Quliyeva", "primary_phone_number": "994557770103"}
    world.staff_create("checkandplace", guest, "lale")
