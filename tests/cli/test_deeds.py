"""What a run did, in words."""

from __future__ import annotations

import pytest

from connector.cli.deeds import deeds


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, []),
        ({"conflicts": 0}, []),
        (
            {"settled": 238, "created.clopos": 29, "linked": 69, "created.checkandplace": 32},
            [(69, "linked"), (32, "created in Check&Place"), (29, "created in Clopos"), (238, "details settled")],
        ),
        ({"links.broken": 2, "updated.checkandplace": 1}, [(1, "corrected in Check&Place"), (2, "links broken")]),
        ({"consent_set_by_server.allow_sms": 3}, [(3, "allow_sms set by Check&Place itself")]),
        ({"waits_for_reading": 4, "torn.clopos": 1}, [(1, "Clopos not read to its end"), (4, "waits for reading")]),
        ({"other.clopos": 1}, [(1, "other (Clopos)")]),
        (
            {"conflicts": 1, "tasks": 1, "closed": 1, "doubts_resolved": 1, "settled": 1},
            [(1, "conflict"), (1, "task"), (1, "question ended"), (1, "doubt resolved"), (1, "detail settled")],
        ),
        ({"held_without_answer.clopos": 2}, [(2, "set aside, since Clopos never answered")]),
    ],
)
def test_counts_in_the_order_of_what_matters(counts: dict[str, int], told: list[tuple[int, str]]) -> None:
    assert list(deeds(counts)) == told
