"""Splitting a page into raw rows: what a row is, and what is set aside without losing the page."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sides import rows
from connector.sides.body import Unreadable
from connector.sides.port import UNREADABLE


def page(text: bytes) -> tuple[list[str], list[str]]:
    top = rows.top_level(text)
    assert isinstance(top, list)
    good, bad = rows.split(top, "page 1")
    return [row.id for row in good], [f"{b.place}: {b.reason}" for b in bad]


@pytest.mark.parametrize(
    ("row", "id_"),
    [
        (b'{"id": 4101}', "4101"),  # CL-39: a number
        (b'{"id": "4101"}', "4101"),  # or a text
        (b'{"id": " x "}', "x"),
        (b'{"name": "a", "id": "1f0c"}', "1f0c"),
        (b'{"id": 123456789012345678901234567890}', "123456789012345678901234567890"),
    ],
)
def test_ids_are_text(row: bytes, id_: str) -> None:
    assert page(b"[" + row + b"]") == ([id_], [])


@pytest.mark.parametrize(
    "row",
    [
        b"3",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b'{"id": null}',
        b'{"id": ""}',
        b'{"id": true}',
        b'{"id": 1.5}',
        b'{"id": 1e999}',
    ],
)
def test_a_row_without_an_id_is_set_aside(row: bytes) -> None:
    good, bad = page(b'[{"id": 1}, ' + row + b', {"id": 2}]')
    assert good == ["1", "2"]
    assert len(bad) == 1
    assert bad[0].startswith("page 1, row 2: ")


def test_a_row_keeps_its_bytes() -> None:
    top = rows.top_level(b'[ {"id":1, "name" : "N\xc9\x99rmin",  "x":1.50} ]')
    assert isinstance(top, list)
    assert rows.split(top, "p")[0][0].raw == b'{"id":1, "name" : "N\xc9\x99rmin",  "x":1.50}'


@pytest.mark.parametrize(
    "broken",
    [
        rb'"cut \ud83d"', rb'"\ude00 cut"', b"NaN", b"-Infinity", b"[1, {\"x\": Infinity}]", b'"a\x01b"',
        b"1e999", b"9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_json_costs_one_value_not_the_row_nor_the_page(broken: bytes) -> None:
    text = rb'[{"id":1,"name":"ok \ud83d\ude00"},{"id":2,"note":NaN,"name":' + broken + rb'},{"id":3,"x":1.5}]'
    top = rows.top_level(text)
    assert isinstance(top, list)
    good, bad = rows.split(top, "page 1")
    assert [row.id for row in good] == ["1", "2", "3"]
    assert bad == []
    one, two, three = (json.loads(row.raw) for row in good)
    assert one == {"id": 1, "name": "ok \U0001f600"}
    assert UNREADABLE in two["note"]
    assert UNREADABLE in json.dumps(two["name"], ensure_ascii=False) or two["name"] == "a\x01b"
    assert three == {"id": 3, "x": 1.5}


def test_nesting_without_end_costs_one_value_not_the_page() -> None:
    deep = b"[" * 1200 + b"{}" + b"]" * 1200
    good, bad = page(b'[{"id":1,"name":"x]["},{"id":2,"note":' + deep + b',"name":"\\"]"},{"id":3,"x":NaN}]')
    assert (good, bad) == (["1", "2", "3"], [])
    top = rows.top_level(b'[{"id":2,"note":' + deep + b',"name":"\\"]"}]')
    assert isinstance(top, list)
    told = json.loads(rows.split(top, "p")[0][0].raw)
    assert told["name"] == '"]'
    assert UNREADABLE in json.dumps(told["note"], ensure_ascii=False)


def test_brackets_that_never_close_are_unreadable() -> None:
    for body in (b"[" * 60_000, b'{"a":' * 30_000, b"]" * 60_000, b"[" * 60_000 + b"]" * 59_999):
        with pytest.raises(Unreadable):
            rows.top_level(body)


def test_a_page_of_too_many_values_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(Unreadable) as raised:
        rows.top_level(b"[" + b"1," * (rows.MOST_VALUES + 1) + b"1]")
    assert raised.value.text == "more than 1,000,000 values"


@pytest.mark.parametrize("id_", [r"a\u0000b", r"a\u001b[31m", r"\u202e41", r"4\u200b1", r"4\n1", r"4\u00a01"])
def test_an_id_that_would_steer_a_terminal_is_no_id(id_: str) -> None:
    """Ids stand in addresses, logs and on screens: control characters, direction marks and invisible ones are none."""
    good, bad = page(b'[{"id":"' + id_.encode() + b'"},{"id":"41"}]')
    assert good == ["41"]
    assert bad == ["page 1, row 1: unprintable characters in its id"]


def test_a_broken_id_is_no_id() -> None:
    assert page(rb'[{"id":"a\ud83d"},{"id":NaN},{"id":1}]') == (
        ["1"], ["page 1, row 1: broken characters in its id", "page 1, row 2: broken characters in its id"]
    )  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"null", b"3", b'"x"', b"[1,", b"<html>", b'{"a": "\xff"}', b'{"a":1} x', b"\x00<<<"]
)
def test_what_is_no_json_object_or_array_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        rows.top_level(body)


def test_a_byte_order_mark_is_harmless() -> None:
    assert page(b'\xef\xbb\xbf[{"id": 1}]') == (["1"], [])


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"0", 0),
        (b"12", 12),
        (b'"12"', 12),
        (b"-1", None),
        (b"true", None),
        (b"1.5", None),
        (b'"x"', None),
        (b"null", None),
        (b"1e999", None),
        (b'"' + b"9" * 5000 + b'"', None),
        (b"9" * 15, rows.LARGEST_COUNT),
        (b"9" * 16, None),  # no column of the state holds what may come: a number of JSON has no bound
        (b"9" * 400, None),
        (b"9" * 5000, None),
    ],
)
def test_counts(raw: bytes, number: int | None) -> None:
    assert rows.count(msgspec.Raw(raw)) == number
    assert rows.count(None) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=8))
def test_every_member_of_a_page_is_a_row_or_set_aside(values: list[object]) -> None:
    top = rows.top_level(json.dumps(values).encode())
    assert isinstance(top, list)
    good, bad = rows.split(top, "p")
    assert len(good) + len(bad) == len(values)
    for row in good:
        assert str(json.loads(row.raw)["id"]).strip() == row.id


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(body: bytes) -> None:
    try:
        top = rows.top_level(body)
    except Unreadable:
        return
    if isinstance(top, list):
        rows.split(top, "p")
