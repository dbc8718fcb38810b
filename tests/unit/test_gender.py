"""Gender against the contract's vectors (`gender`), as reading and through its field type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain import gender
from connector.domain.fieldtypes.base import NotWritten, Written
from connector.domain.fieldtypes.gender import GenderType, as_value
from connector.domain.gender import Gender
from connector.domain.values import PairRules, Value
from tests.unit.vector_cases import cases, section

CONFIGS: dict[str, dict[str, str]] = section("gender")["configs"]
CONFIG_NAMES = sorted(CONFIGS)
KIND = GenderType()


def rules(config: str) -> PairRules:
    return PairRules(brand="demobrand", region="AZ", gender_map=CONFIGS[config])


def clopos_parts(record: dict[str, Any]) -> dict[str, Any]:
    return {"code": record["gender"]} if "gender" in record else {}


def checkandplace_parts(record: dict[str, Any]) -> dict[str, Any]:
    roles = {"gender": "text", "gender_as_integer": "integer"}
    return {roles[attribute]: value for attribute, value in record.items()}


def body(answer: Written | NotWritten) -> dict[str, Any]:
    """What is sent, whether it carries the value or stands in for it (CP-13)."""
    return {"gender": answer.parts["code"]} if answer.parts else {}


def value(canonical: str) -> Value:
    return as_value(Gender(canonical))


@pytest.mark.parametrize("case", cases("gender", "clopos_read"))
def test_clopos_read(case: dict[str, Any]) -> None:
    """CL-26."""
    assert gender.read_clopos(clopos_parts(case["in"])) == Gender(**case["out"])


@pytest.mark.parametrize("config", CONFIG_NAMES)
@pytest.mark.parametrize("case", cases("gender", "checkandplace_read"))
def test_checkandplace_read(case: dict[str, Any], config: str) -> None:
    """CP-13."""
    reading = gender.read_checkandplace(checkandplace_parts(case["in"]), CONFIGS[config])
    assert reading == Gender(**case["out"][config])


@pytest.mark.parametrize("case", cases("gender", "clopos_write_create"))
def test_clopos_write(case: dict[str, Any]) -> None:
    written = KIND.write("clopos_gender", value(case["canonical"]), None, True, rules("no_map"))
    assert body(written) == case["body"]


@pytest.mark.parametrize("config", CONFIG_NAMES)
@pytest.mark.parametrize("case", cases("gender", "checkandplace_write"))
def test_checkandplace_write(case: dict[str, Any], config: str) -> None:
    create = case["operation"] == "create"
    written = KIND.write("checkandplace_gender", value(case["canonical"]), None, create, rules(config))
    assert body(written) == case["body"][config]
    known = case["canonical"] in ("male", "female")
    assert isinstance(written, Written) is (known and bool(CONFIGS[config]))


@pytest.mark.parametrize("config", CONFIG_NAMES)
@pytest.mark.parametrize("case", cases("gender", "clopos_to_checkandplace"))
def test_clopos_to_checkandplace(case: dict[str, Any], config: str) -> None:
    read = KIND.read("clopos_gender", clopos_parts(case["clopos"]), rules(config))
    for operation in ("create", "update"):
        written = KIND.write("checkandplace_gender", read, None, operation == "create", rules(config))
        assert body(written) == case[operation][config]


@pytest.mark.parametrize("config", CONFIG_NAMES)
@pytest.mark.parametrize("case", cases("gender", "checkandplace_to_clopos_create"))
def test_checkandplace_to_clopos(case: dict[str, Any], config: str) -> None:
    read = KIND.read("checkandplace_gender", checkandplace_parts(case["checkandplace"]), rules(config))
    assert body(KIND.write("clopos_gender", read, None, True, rules(config))) == case["body"][config]


@pytest.mark.parametrize(
    ("text", "integer", "expected"),
    [
        ("erkek", 0, Gender("unspecified", "unknown_value")),  # another language for unknown, perhaps
        ("male", "1", Gender("male", "unknown_value")),
        ("male", True, Gender("male", "unknown_value")),
        ("unknown", "x", Gender("unspecified", "unknown_value")),
        (None, "x", Gender("unspecified", "unknown_value")),
        (["male"], None, Gender("unspecified", "unknown_value")),
        (" Female ", " ", Gender("female")),
        (None, 10**4000, Gender("unspecified", "unknown_value")),
    ],
)
def test_checkandplace_read_beyond_the_vectors(text: Any, integer: Any, expected: Gender) -> None:
    parts = {"text": text, "integer": integer}
    assert gender.read_checkandplace(parts, CONFIGS["map_1_male_2_female"]) == expected


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["male", "female", "unknown"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)


@given(st.dictionaries(st.sampled_from(["code", "text", "integer"]), ANY_JSON), st.sampled_from(CONFIG_NAMES))
def test_anything_is_read_and_a_doubt_is_never_a_value(parts: dict[str, Any], config: str) -> None:
    for reader in KIND.readers:
        read = KIND.read(reader, parts, rules(config))
        assert read.data in ("male", "female", None)
        assert read.is_value is (read.data is not None)
        if read.warning == gender.CONTRADICTION:
            assert read.is_unknown
