"""Traits: where a side's answer is unclear, the careful reading wins."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.traits import HINTS, TRAITS
from connector.domain.values import CHECKANDPLACE, CLOPOS, Traits
from tests.unit.mapping_kit import MAPPING, checkandplace_record, clopos_record, mapper


def clopos(**changed: Any) -> Traits:
    read = mapper()
    return read.customer(CLOPOS, "1", read.wire(CLOPOS, clopos_record(**changed))).traits


def checkandplace(**changed: Any) -> Traits:
    read = mapper()
    return read.customer(CHECKANDPLACE, "x", read.wire(CHECKANDPLACE, checkandplace_record(**changed))).traits


@pytest.mark.parametrize(
    ("raw", "active"),
    [
        (True, True), (False, False), (1, True), (0, False), ("1", True), (" FALSE ", False),
        (None, None), (..., None), ("", None), ("aktiv", None), (2, None), ([], None), (0.5, None),
    ],
)  # fmt: skip
def test_active(raw: Any, active: bool | None) -> None:
    assert clopos(status=raw).active is active
    assert checkandplace(is_active=raw).active is active


@pytest.mark.parametrize(
    ("raw", "yes"),
    [(True, True), (1, True), ("true", True), ("yes", True), (False, False), (None, False), ("?", False)],
)
def test_anonym_and_blacklisted(raw: Any, yes: bool) -> None:
    assert checkandplace(is_anonym=raw).anonym is yes
    assert checkandplace(blacklist=raw).blacklisted is yes


@pytest.mark.parametrize(
    ("raw", "deleted"),
    [
        ("2026-11-19T18:02:09.000000Z", True), ("soon", True), (True, True), (1763575329, True),
        (None, False), ("", False), (False, False), (..., False),
    ],
)  # fmt: skip
def test_deleted(raw: Any, deleted: bool) -> None:
    """CL-10: non-null is deleted, readable or not."""
    assert clopos(deleted_at=raw).deleted is deleted


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2026-11-19 18:02:09", "2026-11-19T14:02:09.000000Z"),  # naive: Asia/Baku (CL-15)
        ("2099-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"),
        ("203-05-25T12:08:43.000000Z", None),  # CL-45
        (5, None),
        (..., None),
    ],
)
def test_times_of_clopos(raw: Any, at: str | None) -> None:
    assert clopos(updated_at=raw).updated_at == at


@pytest.mark.parametrize(("raw", "activity"), [(6, 6), (-1, 0), (True, 0), (1.5, 0), (2**40, 2**31 - 1), (..., 0)])
def test_activity(raw: Any, activity: int) -> None:
    assert clopos(receipt_count=raw).activity == activity


@pytest.mark.parametrize(
    ("raw", "spent"),
    [(212.4, 212.4), (0.105, 0.1), (7, 7.0), (-1, 0), (True, 0), (float("nan"), 0), (float("inf"), 0), (1e13, 0),
     ("212.4", 0), ([], 0), (None, 0), (..., 0)],
)  # fmt: skip
def test_what_was_spent(raw: Any, spent: float) -> None:
    """Beside the record, for ranking doubles: it changes with every sale and edits nothing (CL-17)."""
    assert clopos(spent=raw).spent == spent


@pytest.mark.parametrize(
    ("raw", "cid"),
    [(" C78B7BD2-2BB0 ", "c78b7bd2-2bb0"), (None, None), ("", None), (5, "5"), ([], None), ("a\x00", None)],
)
def test_cid_is_folded(raw: Any, cid: str | None) -> None:
    """CL-19, CL-46."""
    assert clopos(cid=raw).cid == cid


def test_a_permit_that_says_no() -> None:
    """CP-25."""
    assert checkandplace(permits={"sms": {"permit": "RET"}}).permit_refused
    assert not checkandplace(permits=...).permit_refused
    assert not checkandplace(allow_sms=False).permit_refused  # the flag is the server's default, no answer of a guest


def test_only_checkandplace_records_derive_a_cid() -> None:
    assert clopos().derived_cid is None
    assert checkandplace().derived_cid


def test_the_default_mapping_ties_every_trait_on_a_side() -> None:
    tied = {trait for traits in MAPPING.traits.values() for trait in traits}
    assert tied == set(TRAITS)
    assert set(TRAITS) >= HINTS
