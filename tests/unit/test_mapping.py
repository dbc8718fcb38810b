"""The mapper: records to customers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.mapping import Mapper
from connector.domain.values import (
    BLANK,
    CHECKANDPLACE,
    CLOPOS,
    Customer,
    Key,
    KeyKind,
    Kind,
    SideName,
    Value,
    known,
    unknown,
)
from tests.unit.mapping_kit import (
    CHECKANDPLACE_ID,
    DERIVED_CID,
    MAPPING,
    RULES,
    TYPE_ID,
    checkandplace_record,
    clopos_record,
    mapper,
)

MAPPER = mapper()


def clopos(**changed: Any) -> Customer:
    return MAPPER.customer(CLOPOS, "4101", MAPPER.wire(CLOPOS, clopos_record(**changed)))


def checkandplace(**changed: Any) -> Customer:
    raw = checkandplace_record(**changed)
    return MAPPER.customer(CHECKANDPLACE, CHECKANDPLACE_ID, MAPPER.wire(CHECKANDPLACE, raw))


def test_the_contracts_clopos_customer() -> None:
    customer = clopos()
    assert customer.fields == {
        "phone": known({"primary": "+994502223344", "all": ["+994502223344"]}),
        "name": known({"text": "Nərmin Sadıqova"}),
        "email": known("nermin@example.com"),
        "gender": known("female"),
        "group": known({"id": "3", "name": "Qonaqlar"}),
        "note": BLANK,
        "birth_date": known("1991-08-17"),
        "cid": known("7b0f6a52-4d0e-4c39-9c54-2f8a6f3d1e77"),
        "code": BLANK,
    }
    assert set(customer.keys) == {
        Key(KeyKind.CID, "7b0f6a52-4d0e-4c39-9c54-2f8a6f3d1e77"),
        Key(KeyKind.PHONE, "+994502223344"),
        Key(KeyKind.EMAIL, "nermin@example.com"),
        Key(KeyKind.NAME, "nərmin sadiqova"),
    }
    traits = customer.traits
    assert (traits.active, traits.deleted, traits.activity, traits.derived_cid) == (True, False, 6, None)
    assert traits.updated_at == "2026-11-19T18:02:09.000000Z"
    assert customer.warnings == ()


def test_the_contracts_checkandplace_customer() -> None:
    customer = checkandplace()
    assert customer.fields == {
        "phone": known({"primary": "+905321110022", "all": ["+905321110022"]}),
        "name": known({"text": "Deniz Aksoy", "first": "Deniz", "last": "Aksoy"}),
        "email": BLANK,
        "gender": BLANK,
        "group": known({"id": None, "name": "Standard"}),
        "note": BLANK,
        "allow_sms": known(True),
        "allow_email": known(False),
        "permits": known(checkandplace_record()["permits"]),
        "blacklist": known(False),
        "language": known("tr"),
    }
    assert set(customer.keys) == {
        Key(KeyKind.CID, DERIVED_CID),  # the key that a Clopos customer created from it carries
        Key(KeyKind.PHONE, "+905321110022"),
        Key(KeyKind.NAME, "aksoy deniz"),
    }
    traits = customer.traits
    assert (traits.active, traits.anonym, traits.blacklisted, traits.permit_refused) == (True, False, False, False)
    assert traits.created_at == "2026-11-20T09:15:00.000000Z"  # 12:15 in Istanbul
    assert (traits.derived_cid, traits.cid) == (DERIVED_CID, None)


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"name": ...}, "name", unknown("missing")),  # CL-48
        ({"phone": "050123456"}, "phone", unknown("possible_not_valid")),
        ({"phone": None, "phones": ...}, "phone", unknown("missing")),
        ({"phone": None, "phones": {}}, "phone", unknown("numbers_unreadable")),
        ({"phone": 994502223344}, "phone", unknown("not_text")),
        ({"email": "yoxdur"}, "email", unknown("bad_email")),
        ({"gender": 3}, "gender", unknown("unknown_value")),  # CL-26
        ({"date_of_birth": "17.08.1991"}, "birth_date", unknown("bad_date")),
        ({"group_id": True}, "group", unknown("not_text")),
        ({"group_id": None}, "group", BLANK),  # CL-19
        ({"group": ...}, "group", known({"id": "3", "name": None})),
        ({"description": "x" * 70_000}, "note", unknown("too_large")),
    ],
)
def test_what_clopos_may_show(changed: dict[str, Any], field: str, value: Value) -> None:
    customer = clopos(**changed)
    assert customer.field(field) == value
    expected = ((field, value.warning),) if value.is_unknown and value.warning != "missing" else ()
    assert customer.warnings == expected


def test_a_number_beside_an_unreadable_primary_is_still_a_key() -> None:
    """CL-18, vectors P-SET-08."""
    customer = clopos(phone="yoxdur", phones=["055 234 56 78", 5, "\ud800"])
    assert customer.field("phone").is_unknown
    assert Key(KeyKind.PHONE, "+994552345678") in customer.keys


def test_a_field_that_a_side_does_not_have_is_unknown() -> None:
    assert checkandplace().field("birth_date").is_unknown
    assert clopos().field("allow_sms").is_unknown


@pytest.mark.parametrize("anonym", [True, 1, "true"])
def test_an_anonymous_record_holds_nothing(anonym: Any) -> None:
    """CP-46; L5."""
    customer = checkandplace(is_anonym=anonym)
    assert customer.traits.anonym
    assert customer.keys == ()


def test_a_type_is_read_as_the_group_it_is_mapped_to() -> None:
    mapped = mapper(type_map={TYPE_ID.upper(): "3"})
    wire = mapped.wire(CHECKANDPLACE, checkandplace_record())
    assert mapped.customer(CHECKANDPLACE, "x", wire).field("group") == known({"id": "3", "name": "Standard"})
    other = mapped.wire(CHECKANDPLACE, checkandplace_record(type_id="other"))
    assert mapped.customer(CHECKANDPLACE, "x", other).field("group") == unknown("type_not_mapped")


def test_the_placeholder_of_a_last_name_is_blank() -> None:
    """CP-10."""
    read = mapper(last_name_placeholder="Qonaq")
    wire = read.wire(CHECKANDPLACE, checkandplace_record(last_name=" Qonaq "))
    name = read.customer(CHECKANDPLACE, "x", wire).field("name")
    assert name == known({"text": "Deniz", "first": "Deniz", "last": None})


def test_the_wire_holds_mapped_attributes_alone() -> None:
    wire = MAPPER.wire(CLOPOS, clopos_record(phones=...))
    assert "total_bonus" not in wire
    assert "address" not in wire
    assert "phones" not in wire
    assert wire["group.name"] == "Qonaqlar"
    assert "group" not in wire


def test_a_sale_and_a_visit_are_no_change() -> None:
    """CL-17, CP-49."""
    sale = clopos_record(receipt_count=7, spent=500.0, updated_at="2026-11-20T00:00:00.000000Z")
    assert MAPPER.compared_wire(CLOPOS, MAPPER.wire(CLOPOS, sale)) == MAPPER.compared_wire(
        CLOPOS, MAPPER.wire(CLOPOS, clopos_record())
    )
    visit = checkandplace_record(updated_at="21.11.2026 10:00")
    compared = MAPPER.compared_wire(CHECKANDPLACE, MAPPER.wire(CHECKANDPLACE, visit))
    assert "updated_at" not in compared
    assert compared["first_name"] == "Deniz"


@pytest.mark.parametrize(
    "changed",
    [
        {"region": "TR"},
        {"brand": "other"},
        {"calling_codes": ()},
        {"clopos_naive_timezone": "UTC"},
        {"checkandplace_timezone": "UTC"},
        {"gender_map": {"1": "male"}},
        {"type_map": {"a": "1"}},
        {"last_name_placeholder": "Qonaq"},
    ],
)
def test_the_reader_version_follows_what_reading_depends_on(changed: dict[str, Any]) -> None:
    assert mapper(**changed).reader_version != MAPPER.reader_version


def test_the_reader_version_does_not_follow_rules_and_switches() -> None:
    assert mapper(write_email=True, clopos_create=False).reader_version == MAPPER.reader_version
    ruled = replace(MAPPING, fields=tuple(replace(spec, title="x") for spec in MAPPING.fields))
    assert Mapper(ruled, RULES).reader_version == MAPPER.reader_version
    fewer = replace(MAPPING, fields=MAPPING.fields[1:])
    assert Mapper(fewer, RULES).reader_version != MAPPER.reader_version


HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(2**63), 2**63, 0, 1, 1e308, float("nan"), float("inf")])
    | st.floats()
    | st.text(st.characters(codec=None), max_size=30)
    | st.sampled_from(["\x00", "\ud800", "\u202eabc", "x" * 10_000, "+994502223344", "a@b.co", "20.11.2026 12:15"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = sorted({*clopos_record(), *checkandplace_record(), "deleted_at"})


@given(st.sampled_from(list(SideName)), st.dictionaries(st.sampled_from(ATTRIBUTES), HOSTILE), st.text())
def test_any_record_becomes_a_customer_that_can_be_stored(side: SideName, raw: dict[str, Any], record_id: str) -> None:
    wire = MAPPER.wire(side, raw)
    stored = json.dumps(wire, allow_nan=False, ensure_ascii=False).encode("utf-8")
    customer = MAPPER.customer(side, record_id, wire)
    # What was stored reads as what was received.
    assert MAPPER.customer(side, record_id, json.loads(stored)) == customer
    for value in customer.fields.values():
        text = json.dumps(value.to_json(), allow_nan=False, ensure_ascii=False)
        assert len(text.encode("utf-8")) < 200_000
        assert "\\u0000" not in text
        assert (value.kind is Kind.UNKNOWN) is (value.warning is not None and value.data is None)
    for key in customer.keys:
        assert 0 < len(key.text.encode("utf-8")) < 2_000
    MAPPER.create_body(side.other, customer)


@pytest.mark.parametrize("raw", [{"group": "x"}, {"group": []}, {}])
def test_an_attribute_within_another_that_is_not_there_is_missing(raw: dict[str, Any]) -> None:
    assert "group.name" not in MAPPER.wire(CLOPOS, raw)


def test_endless_nesting_is_unknown() -> None:
    nested: Any = {}
    for _ in range(100_000):
        nested = {"in": nested}
    wire = MAPPER.wire(CLOPOS, {"name": nested, "phones": [[nested]], "phone": "+994502223344"})
    customer = MAPPER.customer(CLOPOS, "1", wire)
    assert customer.field("name") == unknown("not_json")
    assert customer.field("phone").data == {"primary": "+994502223344", "all": ["+994502223344"]}
