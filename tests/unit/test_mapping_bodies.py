"""The mapper: customers to request bodies, and what each side takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.attributes import CREATABLE, UPDATABLE
from connector.domain.fieldspec import Rule
from connector.domain.fieldtypes.base import Takes
from connector.domain.mapping import Body, Mapper
from connector.domain.values import ABSENT, BLANK, CHECKANDPLACE, CLOPOS, SideName, Value, known, unknown
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

MAP = {"1": "male", "2": "female"}


def to_clopos(changed: dict[str, Any], **rules: Any) -> Body:
    read = mapper(**rules)
    wire = read.wire(CHECKANDPLACE, checkandplace_record(**changed))
    return read.create_body(CLOPOS, read.customer(CHECKANDPLACE, CHECKANDPLACE_ID, wire))


def to_checkandplace(changed: dict[str, Any], **rules: Any) -> Body:
    read = mapper(**rules)
    return read.create_body(CHECKANDPLACE, read.customer(CLOPOS, "4101", read.wire(CLOPOS, clopos_record(**changed))))


@pytest.mark.parametrize(
    ("changed", "rules", "body", "left_out"),
    [
        pytest.param({}, {}, {"name": "Deniz Aksoy", "phone": "+905321110022"}, {}, id="as documented"),
        pytest.param(
            {"email": " Deniz@example.com ", "gender": "male", "gender_as_integer": 1},
            {"type_map": {TYPE_ID: "3"}},
            {"name": "Deniz Aksoy", "phone": "+905321110022", "email": "Deniz@example.com", "gender": 1, "group_id": 3},
            {},
            id="everything that travels",
        ),
        pytest.param(
            {"note": "Allergiya: qoz", "email": "a@b..c", "gender": "male", "gender_as_integer": 0},
            {},
            {"name": "Deniz Aksoy", "phone": "+905321110022"},
            {"email": "bad_email", "gender": "contradiction"},
            id="no note, no invalid e-mail, no doubtful gender (CL-20, CP-13)",
        ),
        pytest.param(
            {"last_name": "Qonaq"},
            {"last_name_placeholder": "Qonaq"},
            {"name": "Deniz", "phone": "+905321110022"},
            {},
            id="the placeholder stays at home (CP-10)",
        ),
        pytest.param(
            {},
            {"type_map": {TYPE_ID: "gold"}},
            {"name": "Deniz Aksoy", "phone": "+905321110022"},
            {"group": "type_not_mapped"},
            id="a group id is a number",
        ),
    ],
)
def test_create_on_clopos(
    changed: dict[str, Any], rules: dict[str, Any], body: dict[str, Any], left_out: dict[str, str]
) -> None:
    made = to_clopos(changed, **rules)
    assert made.attributes == body | {"cid": DERIVED_CID}
    assert made.left_out == left_out
    assert made.problem is None
    assert set(made.attributes) <= {*CREATABLE[CLOPOS], "cid"}


@pytest.mark.parametrize(
    ("changed", "rules", "body", "left_out"),
    [
        pytest.param(
            {},
            {},
            {"first_name": "Nərmin", "last_name": "Sadıqova", "primary_phone_number": "994502223344", "gender": 0},
            {"email": "not_taken", "gender": "gender_not_mapped"},
            id="without switches (CP-13, CP-40)",
        ),
        pytest.param(
            {},
            {"write_email": True, "gender_map": MAP, "type_map": {TYPE_ID: "3"}},
            {
                "first_name": "Nərmin", "last_name": "Sadıqova", "primary_phone_number": "994502223344", "gender": 2,
                "email": "nermin@example.com", "customer_type_id": TYPE_ID,
            },
            {},
            id="with every switch",
        ),
        pytest.param(
            {"name": "Nərmin", "email": None, "gender": None},
            {"last_name_placeholder": "Qonaq", "gender_map": MAP},
            {"first_name": "Nərmin", "last_name": "Qonaq", "primary_phone_number": "994502223344", "gender": 0},
            {},
            id="the placeholder fills a missing last name (CP-10)",
        ),
        pytest.param(
            {"name": "Nərmin", "email": None, "gender": None, "description": "Allergiya"},
            {},
            {"first_name": "Nərmin", "primary_phone_number": "994502223344", "gender": 0},
            {},
            id="no last name, no note",
        ),
        pytest.param(
            {"email": None, "gender": None},
            {"type_map": {TYPE_ID: "3", "another": "3"}},
            {"first_name": "Nərmin", "last_name": "Sadıqova", "primary_phone_number": "994502223344", "gender": 0},
            {"group": "several_types_for_group"},
            id="two types for one group: no guess",
        ),
    ],
)  # fmt: skip
def test_create_on_checkandplace(
    changed: dict[str, Any], rules: dict[str, Any], body: dict[str, Any], left_out: dict[str, str]
) -> None:
    made = to_checkandplace(changed, **rules)
    assert made.attributes == body
    assert made.left_out == left_out
    assert set(made.values).isdisjoint(left_out)
    assert set(made.attributes) <= set(CREATABLE[CHECKANDPLACE])


@pytest.mark.parametrize(
    ("changed", "rules", "problem"),
    [
        ({"first_name": ".", "last_name": None}, {}, "no_name"),
        ({"first_name": ...}, {}, "no_name"),
        ({"primary_phone_number": None}, {}, "no_phone"),
        ({"primary_phone_number": "5321110022", "country_code": None}, {"region": "TR"}, "no_phone"),  # ambiguous
        ({}, {"clopos_create": False}, "create_off"),
    ],
)
def test_a_create_that_makes_no_sense(changed: dict[str, Any], rules: dict[str, Any], problem: str) -> None:
    assert to_clopos(changed, **rules).problem == problem


def test_what_would_send_it_is_named() -> None:
    made = to_checkandplace({})
    assert made.settings == {"email": "checkandplace.write_email", "gender": "gender"}


def update(values: dict[str, Value], shown: dict[str, Any], **rules: Any) -> Body:
    read = mapper(**rules)
    target = read.customer(CHECKANDPLACE, "x", read.wire(CHECKANDPLACE, checkandplace_record(**shown)))
    return read.update_body(CHECKANDPLACE, values, target)


PHONE = known({"primary": "+994552345678", "all": ["+994552345678", "+994502223344"]})


@pytest.mark.parametrize(
    ("values", "shown", "rules", "attributes", "left_out"),
    [
        pytest.param({"phone": PHONE}, {}, {}, {"primary_phone_number": "994552345678"}, {}, id="phone"),
        pytest.param(
            {"name": known({"text": "Deniz Kaya"})}, {}, {}, {"first_name": "Deniz", "last_name": "Kaya"}, {},
            id="both parts, though one changed (N5)",
        ),
        pytest.param(
            {"name": known({"text": "Deniz"})}, {}, {}, {}, {"name": "shorter_name"}, id="a shorter name (N5)"
        ),
        pytest.param(
            {"name": known({"text": "Deniz"})}, {"last_name": ...}, {}, {}, {"name": "missing"}, id="over an unknown"
        ),
        pytest.param(
            {"name": known({"text": "Aygün"})}, {"last_name": None}, {}, {"first_name": "Aygün"}, {}, id="one part"
        ),
        pytest.param({"email": known("a@b.co")}, {}, {}, {}, {"email": "not_taken"}, id="e-mail off"),
        pytest.param({"email": known("a@b.co")}, {}, {"write_email": True}, {"email": "a@b.co"}, {}, id="e-mail on"),
        pytest.param({"gender": known("male")}, {}, {}, {}, {"gender": "gender_not_mapped"}, id="gender, no map"),
        pytest.param({"gender": known("male")}, {}, {"gender_map": MAP}, {"gender": 1}, {}, id="gender, map"),
        pytest.param({"gender": unknown("unknown_value")}, {}, {"gender_map": MAP}, {}, {"gender": "unknown_value"},
                     id="an unknown gender is never 0"),
        pytest.param({"phone": BLANK}, {}, {}, {}, {"phone": "clear_not_sent"}, id="clear off (CP-20)"),
        pytest.param({"phone": BLANK}, {}, {"write_clear": True}, {"primary_phone_number": None}, {}, id="clear on"),
        pytest.param({"email": BLANK}, {}, {"write_clear": True}, {}, {"email": "clear_not_sent"}, id="clear, off"),
        pytest.param({"note": known("x")}, {}, {}, {}, {"note": "not_mapped"}, id="note"),
        pytest.param({"allow_sms": known(True)}, {}, {}, {}, {"allow_sms": "not_mapped"}, id="never a consent (CP-52)"),
        pytest.param({"nobody": known("x")}, {}, {}, {}, {"nobody": "not_mapped"}, id="no such field"),
    ],
)  # fmt: skip
def test_update_of_checkandplace(
    values: dict[str, Value],
    shown: dict[str, Any],
    rules: dict[str, Any],
    attributes: dict[str, Any],
    left_out: dict[str, str],
) -> None:
    made = update(values, shown, **rules)
    assert made.attributes == attributes
    assert made.left_out == left_out
    assert made.settle == (["name"] if left_out.get("name") == "shorter_name" else [])
    assert made.problem is None


def test_switches_that_stop_a_whole_request() -> None:
    off = update({"phone": PHONE}, {}, checkandplace_update=False)
    assert (off.attributes, off.problem, off.left_out) == ({}, "update_off", {"phone": "update_off"})
    read = mapper()
    target = read.customer(CLOPOS, "1", read.wire(CLOPOS, clopos_record()))
    never = read.update_body(CLOPOS, {"phone": PHONE}, target)
    assert (never.attributes, never.problem) == ({}, "no_update")  # CL-02


@pytest.mark.parametrize(
    ("field", "side", "create", "rules", "expected"),
    [
        ("phone", CLOPOS, True, {}, (Takes.VALUE, None)),
        ("phone", CLOPOS, False, {}, (Takes.NOTHING, "clopos.update")),
        ("phone", CLOPOS, True, {"clopos_create": False}, (Takes.NOTHING, "clopos.create")),
        ("phone", CHECKANDPLACE, False, {}, (Takes.VALUE, None)),
        ("phone", CHECKANDPLACE, False, {"write_clear": True}, (Takes.VALUE_AND_CLEAR, None)),
        ("phone", CHECKANDPLACE, True, {"write_clear": True}, (Takes.VALUE, None)),
        ("phone", CHECKANDPLACE, True, {"checkandplace_create": False}, (Takes.NOTHING, "checkandplace.create")),
        ("phone", CHECKANDPLACE, False, {"checkandplace_update": False}, (Takes.NOTHING, "checkandplace.update")),
        ("email", CHECKANDPLACE, False, {}, (Takes.NOTHING, "checkandplace.write_email")),
        ("email", CHECKANDPLACE, False, {"write_email": True}, (Takes.VALUE, None)),
        ("gender", CHECKANDPLACE, False, {}, (Takes.NOTHING, "gender")),
        ("gender", CHECKANDPLACE, False, {"gender_map": MAP}, (Takes.VALUE, None)),
        ("group", CHECKANDPLACE, False, {}, (Takes.NOTHING, "types")),
        ("group", CLOPOS, True, {"type_map": {"a": "1"}}, (Takes.VALUE, None)),
        ("note", CHECKANDPLACE, False, {}, (Takes.NOTHING, None)),
        ("permits", CHECKANDPLACE, False, {}, (Takes.NOTHING, None)),
        ("birth_date", CHECKANDPLACE, True, {}, (Takes.NOTHING, None)),
    ],
)
def test_takes(
    field: str, side: SideName, create: bool, rules: dict[str, Any], expected: tuple[Takes, str | None]
) -> None:
    spec = MAPPING.field(field)
    assert spec is not None
    assert mapper(**rules).takes(spec, side, create) == expected


def test_a_note_travels_when_its_rule_says_so() -> None:
    fields = tuple(replace(spec, rule=Rule.FILL_BLANK) if spec.name == "note" else spec for spec in MAPPING.fields)
    read = Mapper(replace(MAPPING, fields=fields), RULES)
    wire = read.wire(CHECKANDPLACE, checkandplace_record(note=" Allergiya:\r\nqoz "))
    made = read.create_body(CLOPOS, read.customer(CHECKANDPLACE, CHECKANDPLACE_ID, wire))
    assert made.attributes["description"] == "Allergiya:\nqoz"


def test_no_request_can_carry_a_consent() -> None:
    """CP-52; the seventh promise."""
    for allowed in (*CREATABLE.values(), *UPDATABLE.values()):
        assert {"allow_sms", "allow_email", "permits", "blacklist", "guest_language"}.isdisjoint(allowed)


def test_a_customer_that_lacks_a_field_is_written_without_it() -> None:
    read = mapper()
    customer = replace(read.customer(CLOPOS, "1", {}), fields={"name": known({"text": "Aysel"}), "phone": ABSENT})
    made = read.create_body(CHECKANDPLACE, customer)
    assert made.problem == "no_phone"
    assert made.left_out["phone"] == "not_on_this_side"
