"""The derived cid against the contract's vectors (`cid`)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.cid import NAMESPACE, derive_cid, fold_cid
from tests.unit.vector_cases import cases, section

TEXTS = st.text(st.characters(codec=None))


@pytest.mark.parametrize("case", cases("cid", "cases"))
def test_derived_cid(case: dict[str, Any]) -> None:
    assert derive_cid(case["brand"], case["checkandplace_id"]) == case["cid"]
    assert str(uuid.uuid5(NAMESPACE, case["name"])) == case["cid"]


def test_the_namespace_is_the_contracts() -> None:
    assert str(NAMESPACE) == section("cid")["namespace"]


@given(TEXTS, TEXTS)
def test_any_texts_give_a_lower_case_version_5_uuid(brand: str, record_id: str) -> None:
    cid = derive_cid(brand, record_id)
    assert cid == cid.lower()
    assert uuid.UUID(cid).version == 5


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("C78B7BD2-2BB0-5BCB-8C18-A71576677C6A", "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a"),
        (" GUEST-1 ", "guest-1"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_cids_are_compared_without_regard_to_case(text: str | None, folded: str | None) -> None:
    """CL-46."""
    assert fold_cid(text) == folded
