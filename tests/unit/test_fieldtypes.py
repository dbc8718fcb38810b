"""Every kind of value: reading, equality, change, writing and showing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector.domain.fieldtypes.base import Change, NotWritten, Written
from connector.domain.fieldtypes.name import NameType, spelling_differs_after_split
from connector.domain.fieldtypes.phone import PhoneType
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.keys import LONGEST, bounded_key
from connector.domain.values import BLANK, Key, KeyKind, Kind, PairRules, Value, known, unknown

RULES = PairRules(
    brand="demobrand",
    region="AZ",
    calling_codes=("994", "90"),
    gender_map={"1": "male", "2": "female"},
    type_map={"type-1": "3"},
    write_email=True,
)
A, B, C = "+994501234567", "+994552345678", "+905321234567"
UNREAD = unknown("missing")


def name(text: str, *parts: str | None) -> Value:
    return known({"text": text, "first": parts[0], "last": parts[1]} if parts else {"text": text})


def phone(primary: str, *others: str) -> Value:
    return known({"primary": primary, "all": [primary, *others]})


def group(ident: str | None, title: str | None = None) -> Value:
    return known({"id": ident, "name": title})


@pytest.mark.parametrize(
    ("kind", "clopos", "checkandplace", "equal"),
    [
        ("name", name("Məmmədov Elçin"), name("Elçin Məmmədov", "Elçin", "Məmmədov"), True),
        ("name", name("ELÇİN MƏMMƏDOV"), name("Elçin Məmmədov", "Elçin", "Məmmədov"), True),
        ("name", name("Elçin"), name("Elçin Məmmədov", "Elçin", "Məmmədov"), False),
        ("phone", phone(A), phone(A), True),
        ("phone", phone(A, B), phone(B), True),  # any number of the set (CL-18)
        ("phone", phone(A, B), phone(C), False),
        ("email", known("Aysel@Example.com"), known("aysel@example.com"), True),
        ("email", known("Ə@example.com"), known("ə@example.com"), False),  # A-Z only
        ("gender", known("male"), known("male"), True),
        ("gender", known("male"), known("female"), False),
        ("group", group("3", "Qonaqlar"), group("3", "Standard"), True),
        ("group", group("3"), group("4"), False),
        ("group", group(None, "Standard"), group(None, "Standard"), False),  # without a map nothing is the same
        ("note", known("a"), known("A"), False),
        ("date", known("1991-08-17"), known("1991-08-17"), True),
    ],
)
def test_equal_across_sides(kind: str, clopos: Value, checkandplace: Value, equal: bool) -> None:
    found = FIELD_TYPES[kind]
    assert found.equal(clopos, checkandplace) is equal
    assert found.equal(checkandplace, clopos) is equal


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_blank_and_unknown(kind: str) -> None:
    found = FIELD_TYPES[kind]
    value = SAMPLES[kind]
    assert found.equal(BLANK, BLANK)
    assert not found.equal(BLANK, value)
    for other in (UNREAD, BLANK, value):
        assert not found.equal(UNREAD, other)
        assert found.changed(UNREAD, other) is Change.NONE
        assert found.changed(other, UNREAD) is Change.NONE
    assert found.changed(BLANK, BLANK) is Change.NONE
    assert found.changed(value, value) is Change.NONE
    assert found.changed(BLANK, value) is Change.REAL
    assert found.changed(value, BLANK) is Change.REAL
    assert (found.show(BLANK), found.show(UNREAD)) == ("", "?")
    assert found.show(value)
    assert list(found.keys(BLANK)) == list(found.keys(UNREAD)) == []


SAMPLES = {
    "name": name("Aysel"),
    "phone": phone(A),
    "email": known("a@b.co"),
    "gender": known("male"),
    "group": group("3"),
    "note": known("x"),
    "text": known("x"),
    "date": known("1991-08-17"),
    "identifier": known("CP-0001"),
    "flag": known(False),
    "shown": known({"sms": None}),
}


@pytest.mark.parametrize(
    ("kind", "base", "now", "change"),
    [
        ("name", name("elçin məmmədov"), name("Elçin Məmmədov"), Change.SPELLING),
        ("name", name("Elçin Məmmədov"), name("Məmmədov Elçin"), Change.SPELLING),
        ("name", name("Elçin"), name("Elçin Məmmədov"), Change.REAL),
        # N4: the text of N1 counts, not where its parts meet.
        ("name", name("Ayşe Nur Demir", "Ayşe", "Nur Demir"), name("Ayşe Nur Demir", "Ayşe Nur", "Demir"), Change.NONE),
        ("phone", phone(A), phone(B), Change.REAL),
        ("phone", phone(A, B), phone(B, A), Change.REAL),  # the primary is the field
        ("phone", phone(A), phone(A, B), Change.SPELLING),
        ("email", known("a@b.co"), known("A@b.co"), Change.SPELLING),
        ("email", known("a@b.co"), known("c@b.co"), Change.REAL),
        ("group", group("3", "Old"), group("3", "New"), Change.SPELLING),
        ("group", group("3"), group("4"), Change.REAL),
        ("note", known("x"), known("X"), Change.REAL),
        ("gender", known("male"), known("female"), Change.REAL),
        ("flag", known(True), known(False), Change.REAL),
    ],
)
def test_change_of_one_side(kind: str, base: Value, now: Value, change: Change) -> None:
    assert FIELD_TYPES[kind].changed(base, now) is change


@pytest.mark.parametrize(
    ("kind", "writer", "value", "target", "expected"),
    [
        ("name", "full_name", name("Deniz Aksoy", "Deniz", "Aksoy"), None, Written({"text": "Deniz Aksoy"})),
        ("name", "first_last", name("Deniz Aksoy"), None, Written({"first": "Deniz", "last": "Aksoy"})),
        ("name", "first_last", name("Ayşe Nur Demir", "Ayşe", "Nur Demir"), None,
         Written({"first": "Ayşe", "last": "Nur Demir"})),  # Check&Place's own parts are kept
        ("name", "first_last", name("Deniz"), name("D A", "D", "A"), NotWritten("shorter_name", settle=True)),
        ("name", "first_last", name("Deniz"), name("D", "D", None), Written({"first": "Deniz"})),
        ("name", "first_last", name("Deniz"), BLANK, Written({"first": "Deniz"})),
        ("name", "first_last", name("Deniz"), UNREAD, NotWritten("missing")),
        ("name", "first_last", BLANK, None, NotWritten("blank")),
        ("phone", "e164", phone(A), None, Written({"number": A})),
        ("phone", "digits", phone(A, B), phone(C), Written({"number": A[1:]})),
        ("phone", "digits", unknown("ambiguous"), None, NotWritten("ambiguous")),
        ("email", "text", known("a@b.co"), None, Written({"text": "a@b.co"})),
        ("email", "text", known("a b@b.co"), None, NotWritten("bad_email")),
        ("group", "type", group("3"), None, Written({"id": "type-1"})),
        ("group", "type", group("4"), None, NotWritten("type_not_mapped", "types")),
        ("group", "type", group(None), None, NotWritten("type_not_mapped", "types")),
        ("group", "group", group("3"), None, Written({"id": 3})),
        ("group", "group", group("gold"), None, NotWritten("type_not_mapped", "types")),
        ("note", "text", known("x\ny"), None, Written({"text": "x\ny"})),
        ("date", "iso_date", known("1991-08-17"), None, Written({"date": "1991-08-17"})),
        ("date", "iso_date", UNREAD, None, NotWritten("missing")),
    ],
)  # fmt: skip
def test_write(kind: str, writer: str, value: Value, target: Value | None, expected: Written | NotWritten) -> None:
    assert FIELD_TYPES[kind].write(writer, value, target, target is None, RULES) == expected


@pytest.mark.parametrize(
    ("clopos", "checkandplace", "differs"),
    [
        (name("Elçin Məmmədov"), name("elçin məmmədov", "elçin", "məmmədov"), True),
        (name("Məmmədov Elçin"), name("elçin məmmədov", "elçin", "məmmədov"), False),
        (name("Elçin Məmmədov"), name("Elçin Məmmədov", "Elçin", "Məmmədov"), False),
        (name("Elçin Quliyev"), name("elçin məmmədov", "elçin", "məmmədov"), False),
        (BLANK, name("elçin", "elçin", None), False),
        (name("Elçin"), UNREAD, False),
    ],
)
def test_a_new_spelling_after_the_split(clopos: Value, checkandplace: Value, differs: bool) -> None:
    assert spelling_differs_after_split(clopos, checkandplace) is differs


@pytest.mark.parametrize(
    ("kind", "value", "keys"),
    [
        ("name", name("Elçin Məmmədov"), [Key(KeyKind.NAME, "elçin məmmədov")]),
        ("phone", phone(A, B), [Key(KeyKind.PHONE, A), Key(KeyKind.PHONE, B)]),
        ("email", known(" A@b.co".strip()), [Key(KeyKind.EMAIL, "a@b.co")]),
        ("gender", known("male"), []),
        ("identifier", known("x"), []),
    ],
)
def test_keys(kind: str, value: Value, keys: list[Key]) -> None:
    assert list(FIELD_TYPES[kind].keys(value)) == keys


def test_long_keys_stay_short_and_apart() -> None:
    one, other = "ə" * 10_000, "ə" * 9_999 + "x"
    assert bounded_key(one) == bounded_key(one) != bounded_key(other)
    assert len(bounded_key(one).encode()) < 2_000
    assert bounded_key("ə" * LONGEST) == "ə" * LONGEST
    assert bounded_key("\ud800" * 300).startswith("\ud800")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"phone": "\u202a+994 50 123 45 67\u202c", "phones": []}, phone(A)),  # copied from a contact
        ({"phone": A, "phones": [None, "", " ", "055 234 56 78", "abc"]}, phone(A, B)),
        ({"phone": A}, phone(A)),
        ({"phone": A, "phones": None}, phone(A)),
        ({"phone": A, "phones": "0552345678"}, Value(Kind.VALUE, phone(A).data, "numbers_unreadable")),
        ({"phone": A, "phones": [5]}, Value(Kind.VALUE, phone(A).data, "numbers_unreadable")),
        ({"phone": A, "phones": [A] * 60}, Value(Kind.VALUE, phone(A).data, "numbers_unreadable")),
        ({"phone": None, "phones": ["abc", A]}, unknown("not_a_number")),  # the first that is not blank (CL-18)
        ({"phone": None, "phones": []}, BLANK),
        ({"phone": "\x00", "phones": []}, unknown("not_text")),
    ],
)
def test_the_numbers_of_clopos(parts: dict[str, Any], expected: Value) -> None:
    assert PhoneType().read("phone_set", parts, RULES) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"first": "Deniz", "last": "\u202eyoskA"}, unknown("not_text")),  # shown, it would read as another name
        ({"first": "Deniz", "last": "Ak\x00soy"}, unknown("not_text")),
        ({"first": "\ud800", "last": "Aksoy"}, unknown("not_text")),
        ({"first": "Deniz"}, unknown("missing")),
        ({"first": None, "last": None}, BLANK),
        ({"first": True, "last": "Aksoy"}, unknown("not_text")),
        ({"first": "a" + "\u0315\u0300" * 16_000, "last": None}, unknown("not_text")),  # would take a second to order
        ({"first": "Q\u0307" * 20, "last": None}, name("Q\u0307" * 20, "Q\u0307" * 20, None)),
        ({"first": "Deniz\u200f", "last": "Aksoy"}, name("Deniz\u200f Aksoy", "Deniz\u200f", "Aksoy")),
    ],
)
def test_hostile_names(parts: dict[str, Any], expected: Value) -> None:
    assert NameType().read("first_last", parts, RULES) == expected


@pytest.mark.parametrize(
    ("kind", "parts", "expected"),
    [
        ("flag", {"flag": True}, known(True)),
        ("flag", {"flag": None}, BLANK),  # which is not false (CP-28)
        ("flag", {"flag": 1}, unknown("not_a_flag")),
        ("flag", {}, UNREAD),
        ("shown", {"value": {"sms": {"permit": None}}}, known({"sms": {"permit": None}})),
        ("shown", {"value": []}, BLANK),
        ("shown", {"value": {"unusable": "too_large", "digest": "x"}}, unknown("too_large")),
        ("identifier", {"id": 4101}, known("4101")),  # CL-39
        ("identifier", {"id": " CP-1 "}, known("CP-1")),
        ("identifier", {"id": True}, unknown("not_text")),
        ("identifier", {"id": 1.5}, unknown("not_text")),
        ("identifier", {"id": 2**63}, unknown("not_text")),
        ("identifier", {"id": "a\nb"}, unknown("not_text")),
        ("identifier", {}, UNREAD),
        ("note", {"text": " Allergiya:\r\nqoz\r"}, known("Allergiya:\nqoz")),
        ("note", {"text": "\u200b"}, BLANK),
        ("text", {"text": 5}, unknown("not_text")),
        ("date", {"date": {"unusable": "not_json", "digest": "x"}}, unknown("not_json")),
    ],
)
def test_read(kind: str, parts: dict[str, Any], expected: Value) -> None:
    found = FIELD_TYPES[kind]
    assert found.read(next(iter(found.readers)), parts, RULES) == expected


def test_what_people_are_shown() -> None:
    assert FIELD_TYPES["flag"].show(known(True)) == "yes"
    assert FIELD_TYPES["flag"].show(known(False)) == "no"
    assert FIELD_TYPES["phone"].show(phone(A, B)) == A
    assert FIELD_TYPES["group"].show(group("3", "Qonaqlar")) == "Qonaqlar"
    assert FIELD_TYPES["group"].show(group("3")) == "3"
    assert FIELD_TYPES["shown"].show(known({"b": 1, "a": 2})) == '{"a":2,"b":1}'


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from([A, "a@b.co", "1991-08-17", "Elçin Məmmədov", "male", "type-1", "x" * 10_000, "\x00", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
READERS = [(kind, reader) for kind, found in FIELD_TYPES.items() for reader in found.readers]


@given(st.sampled_from(READERS), st.data())
def test_every_reader_reads_anything(which: tuple[str, str], data: st.DataObject) -> None:
    kind, reader = FIELD_TYPES[which[0]], which[1]
    form = kind.readers[reader]
    parts = data.draw(st.dictionaries(st.sampled_from((*form.roles, *form.optional)), JSON))
    value = kind.read(reader, parts, RULES)
    json.dumps(value.to_json(), allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert (value.kind is Kind.VALUE) or value.data is None
    assert value.is_unknown or value.is_value or value.warning is None
    assert not value.is_unknown or value.warning
    assert kind.changed(value, value) is Change.NONE
    assert isinstance(kind.show(value), str)
    assert all(key.text for key in kind.read_keys(reader, parts, value, RULES))
    for writer in kind.writers:
        for target in (None, value, BLANK, UNREAD):
            written = kind.write(writer, value, target, target is None, RULES)
            assert isinstance(written, NotWritten) or (value.is_value and set(written.parts) <= {*_roles(kind, writer)})


def _roles(kind: Any, writer: str) -> tuple[str, ...]:
    form = kind.writers[writer]
    return (*form.roles, *form.optional)


CYCLES = [
    ("name", "full_name", "full_name"),
    ("phone", "e164", "phone_set"),
    ("phone", "digits", "phone_with_country"),
    ("email", "text", "text"),
    ("note", "text", "text"),
    ("date", "iso_date", "iso_date"),
]


@given(st.sampled_from(CYCLES), JSON)
def test_what_is_written_reads_back_equal(cycle: tuple[str, str, str], raw: Any) -> None:
    kind, writer, reader = FIELD_TYPES[cycle[0]], cycle[1], cycle[2]
    value = kind.read(reader, dict.fromkeys(kind.readers[reader].roles, raw), RULES)
    written = kind.write(writer, value, None, True, RULES)
    if not isinstance(written, Written):
        return
    sent = next(iter(written.parts.values()))
    back = kind.read(reader, {kind.readers[reader].roles[0]: sent, "phones": []}, RULES)
    assert kind.equal(value, back)
    assert kind.changed(value, back) is not Change.REAL


@given(st.text("AaYy əİıЫ-.'", max_size=30))
def test_a_name_that_goes_over_and_comes_back_is_the_same(text: str) -> None:
    """But for a lone mark beside a hyphen ("A . -B"): the split drops the mark (N2), and what it kept apart is then
    one word by N0. Such a name is read back as another one, and held."""
    assume(not re.search(r"(^|\s)[-.']+\s+-|-\s+[-.']+(\s|$)", text))
    kind = NameType()
    value = kind.read("full_name", {"text": text}, RULES)
    written = kind.write("first_last", value, None, True, RULES)
    if isinstance(written, Written):
        back = kind.read("first_last", {"last": None, **written.parts}, RULES)
        assert kind.equal(value, back)
        assert kind.equal(kind.read("full_name", {"text": back.data["text"]}, RULES), value)
    else:
        assert value.is_blank
