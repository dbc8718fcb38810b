"""Phone numbers against the contract's vectors (`phone`) and against their own laws."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.domain import phones
from connector.domain.phones import Reading
from tests.unit.vector_cases import cases, section

CODES = tuple(section("phone")["bare_codes"])
ANY_TEXT = st.one_of(st.text(st.characters(codec=None), max_size=60), st.text("+0123456789 ()-./;x\u200b", max_size=30))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT, lambda inner: st.lists(inner, max_size=3)
)


def test_the_vectors_are_those_of_the_installed_library() -> None:
    assert phonenumbers.__version__ == section("phone")["library"]["version"]


@pytest.mark.parametrize("case", cases("phone", "normalise"))
def test_normalise(case: dict[str, Any]) -> None:
    reading = phones.read_number(case["raw"], case["region"])
    assert (reading.e164, reading.reason) == (case["e164"], case["reason"])
    with_codes = phones.read_clopos_number(case["raw"], case["region"], CODES)
    assert with_codes.e164 == case["e164_with_bare_codes"]
    assert (with_codes.reason is None) is (with_codes.e164 is not None)
    assert (reading.reason == phones.EMPTY) is (with_codes.reason == phones.EMPTY)


@pytest.mark.parametrize("case", cases("phone", "checkandplace_read"))
def test_checkandplace_read(case: dict[str, Any]) -> None:
    """CP-11."""
    reading = phones.read_checkandplace_number(case["primary_phone_number"], case["country_code"], case["region"])
    assert reading == Reading(case["e164"], case["reason"], case.get("warning"))


@pytest.mark.parametrize("case", cases("phone", "checkandplace_write"))
def test_checkandplace_write(case: dict[str, Any]) -> None:
    """CP-12."""
    assert phones.to_checkandplace(case["e164"]) == case["primary_phone_number"]


@pytest.mark.parametrize("case", cases("phone", "clopos_lookup_values"))
def test_clopos_lookup_values(case: dict[str, Any]) -> None:
    """CL-08."""
    assert list(phones.lookup_values(case["e164"])) == case["filter_values"]


@pytest.mark.parametrize("case", cases("phone", "clopos_phone_set"))
def test_clopos_phone_set(case: dict[str, Any]) -> None:
    """CL-18."""
    held = phones.read_clopos_set(case["phone"], case["phones"] or [], case["region"], CODES)
    assert (held.primary.e164, list(held.all)) == (case["primary"], case["all"])


@pytest.mark.parametrize(
    ("number", "country_code", "expected"),
    [
        ("5321234567", 90, Reading("+905321234567")),  # a calling code as a JSON number
        ("5321234567", "tr", Reading("+905321234567")),
        ("5321234567", True, Reading(None, "ambiguous", "country_code_unknown")),
        ("905321234567", ["90"], Reading("+905321234567", None, "country_code_unknown")),
        ("905321234567", "0", Reading("+905321234567", None, "country_code_unknown")),
        ("905321234567", 10**30, Reading("+905321234567", None, "country_code_unknown")),
        ("12345678", "800", Reading(None, "invalid")),  # a calling code without a country: no national form
        ("＋905321234567", None, Reading("+905321234567")),
        ("\u200b", "90", Reading(None, "empty")),
        ("9" * 100_000, None, Reading(None, "invalid")),
    ],
)
def test_checkandplace_read_beyond_the_vectors(number: str, country_code: Any, expected: Reading) -> None:
    assert phones.read_checkandplace_number(number, country_code, "TR") == expected


def test_a_very_long_text_is_too_long_and_not_remembered() -> None:
    before = phones._parse.cache_info().currsize
    assert phones.read_number("+" + "9" * 1_000_000, "AZ") == Reading(None, "too_long")
    assert phones._parse.cache_info().currsize == before


def test_without_calling_codes_a_bare_foreign_number_stays_unknown() -> None:
    assert phones.read_clopos_number("905321234567", "AZ", ()).e164 is None
    assert phones.read_clopos_number("905321234567", "AZ", ("90",)).e164 == "+905321234567"


@given(ANY_TEXT, st.sampled_from(["AZ", "TR", "US"]))
@example("\ud800", "AZ")
@example("\u202a+994 50 123 45 67\u202c", "AZ")
def test_a_number_that_was_read_reads_as_itself(text: str, region: str) -> None:
    reading = phones.read_clopos_number(text, region, CODES)
    assert (reading.e164 is None) is (reading.reason is not None)
    if reading.e164:
        assert phones.read_number(reading.e164, region).e164 == reading.e164
        assert reading.e164[1:].isdecimal()


@given(ANY_TEXT, ANY_JSON, st.sampled_from(["AZ", "TR"]))
def test_checkandplace_read_never_guesses(number: str, country_code: Any, region: str) -> None:
    reading = phones.read_checkandplace_number(number, country_code, region)
    assert (reading.e164 is None) is (reading.reason is not None)
    if reading.e164:
        assert phones.read_checkandplace_number(reading.e164, None, region).e164 == reading.e164


@given(st.sampled_from(["+994501234567", "+905321234567", "+4915112345678", "+12025550123"]))
def test_what_we_write_reads_back(e164: str) -> None:
    back = phones.read_checkandplace_number(phones.to_checkandplace(e164), None, "AZ")
    assert back.e164 == e164


@pytest.mark.parametrize(
    ("e164", "code"), [("+994501234567", "994"), ("+905321234567", "90"), ("+12025550123", "1"), ("", "")]
)
def test_calling_code(e164: str, code: str) -> None:
    assert phones.calling_code(e164) == code


@pytest.mark.parametrize(("text", "known"), [("AZ", True), ("az", False), ("XX", False), ("", False)])
def test_is_region(text: str, known: bool) -> None:
    assert phones.is_region(text) is known
