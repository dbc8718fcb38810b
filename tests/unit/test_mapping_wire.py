"""What of a server's answer is kept (`connector.domain.wire`)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.wire import LARGEST, keep, unusable_reason

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from([10**30, float("nan"), "\x00", "\ud800", "\\u0000", "x" * LARGEST])
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, 2**63 - 1, -(2**63), 1.5, "", "Nərmin", "x" * 60_000, "\\u0000", [], {}, ["+994502223344", None],
        {"sms": {"permit": None}}, {"unusable": "x", "digest": "y"}, {"unusable": [], "digest": "y"},
    ],
)  # fmt: skip
def test_proper_values_are_kept_as_they_are(value: Any) -> None:
    assert keep(value) is value
    assert unusable_reason(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("x" * (LARGEST + 1), "too_large", id="long"),
        pytest.param("ə" * (LARGEST // 2), "too_large", id="long in bytes, not in letters"),
        pytest.param(["x" * 1000] * 100, "too_large", id="long list"),
        pytest.param("\ud800", "not_json", id="half a letter"),
        pytest.param("a\x00b", "not_json", id="NUL"),
        pytest.param({"a": "\\\x00"}, "not_json", id="NUL behind a backslash"),
        pytest.param({"a": "\udfff"}, "not_json", id="half a letter inside"),
        pytest.param(float("nan"), "not_json", id="not a number"),
        pytest.param(float("-inf"), "not_json", id="endless number"),
        pytest.param(2**63, "not_json", id="beyond 64 bits"),
        pytest.param(10**5_000, "not_json", id="thousands of digits"),
        pytest.param({"a": {"b": 2**64}}, "not_json", id="beyond 64 bits inside"),
        pytest.param({1, 2}, "not_json", id="no JSON at all"),
    ],
)
def test_what_cannot_be_kept_is_marked(value: Any, code: str) -> None:
    assert unusable_reason(keep(value)) == code


def test_a_change_of_what_cannot_be_kept_is_still_seen() -> None:
    assert keep("x" * 70_000) == keep("x" * 70_000)
    assert keep("x" * 70_000) != keep("x" * 70_000 + "y")
    assert keep("\ud800") != keep("\ud801")


def test_one_bad_entry_does_not_take_the_list_with_it() -> None:
    kept = keep(["+994502223344", "\ud800", 2**70])
    assert kept[0] == "+994502223344"
    assert [unusable_reason(entry) for entry in kept] == [None, "not_json", "not_json"]


@given(ANYTHING)
def test_what_is_kept_is_bounded_json_and_kept_again(value: Any) -> None:
    kept = keep(value)
    text = json.dumps(kept, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert len(text) <= LARGEST * 1.1
    assert json.loads(text) == kept
    assert keep(kept) == kept
