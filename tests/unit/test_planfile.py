"""The plan file: its lines, its seal, what an entry is called, and what is wrong with a file that was touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.plan import Entry, EntryKind, FieldChange, plan_hash
from connector.domain.planfile import About, NotAPlan, Reader, digest_of, entry_id, file_lines, precondition
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, known
from tests.unit.plan_schema import problems

NAME = FieldChange(
    "name", decision="write_checkandplace", row="only_clopos_changed", rule="two-way",
    before=known({"text": "Aysel M"}), after=known({"text": "Aysel Məmmədova"}),
    clopos=known({"text": "Aysel Məmmədova"}), checkandplace=known({"text": "Aysel M"}),
)  # fmt: skip
UPDATE = Entry(
    EntryKind.UPDATE, side=CHECKANDPLACE, clopos_id="12", checkandplace_id="g7", clopos_row=1, checkandplace_row=2,
    link_id=3, who="Aysel Məmmədova", fields=(NAME,), reason="changed", body={"first_name": "Aysel"},
)  # fmt: skip
TASK = replace(UPDATE, kind=EntryKind.TASK, side=CLOPOS, body=None, topic="name", queued_at="2026-01-01T00:00:00+00:00")
CREATE = Entry(
    EntryKind.CREATE, side=CLOPOS, checkandplace_id="g8", checkandplace_row=9, who="Orxan", reason="nobody_there",
    fields=(FieldChange("phone", decision="create", after=known({"primary": "+994501234567"}), rule="create"),),
    body={"phone": "+994501234567", "cid": "abc"},
)  # fmt: skip
ENTRIES = (TASK, UPDATE, CREATE)
ABOUT = About(
    origin={"kind": "diff"}, pair="main", store={"clopos.brand": "b"}, database="d" * 32,
    made_at="2026-11-22T02:00:00+00:00", run=3,
    scans={"clopos": {"id": 1, "kind": "full", "state": "complete", "rows": 5, "pages": 1, "started_at": "x"}},
    reader_version="r" * 32, mapping="m" * 32, settings={"guard": "g"}, plan=plan_hash(ENTRIES),
    counts=(("create", "clopos", "nobody_there", 1),), refusals=(),
)  # fmt: skip


def written(entries: Any = ENTRIES, about: About = ABOUT) -> bytes:
    return b"".join(file_lines(about, entries))


def read(content: bytes) -> tuple[About, list[Entry]]:
    reader = Reader()
    entries = [entry for line in content.splitlines(keepends=True) if (entry := reader.feed(line)) is not None]
    reader.end()
    assert reader.about is not None
    return reader.about, entries


def test_what_is_written_is_read_again() -> None:
    about, entries = read(written())
    assert about == ABOUT
    assert entries == list(ENTRIES)
    assert read(written(())) == (ABOUT, [])


def test_it_is_one_json_document_that_says_on_top_what_it_holds() -> None:
    content = written()
    document = json.loads(content)
    assert list(document) == ["WARNING", "about", "entries", "seal"] == sorted(document)
    assert content.splitlines()[1].startswith(b'"WARNING":"This file shows guests\' personal data')
    assert [entry["id"] for entry in document["entries"]] == [entry_id(entry) for entry in ENTRIES]
    assert problems(document) == []


def test_every_line_is_canonical() -> None:
    for line in written().splitlines():
        text = line.decode().strip(",")
        if text.startswith("{") and len(text) > 1:
            data = json.loads(text)
            assert text == json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_an_entry_is_called_after_what_it_decides() -> None:
    same = replace(TASK, queued_at=None, facts={"seen": 3}, link_id=99, clopos_row=77, who="Another spelling")
    assert entry_id(same) == entry_id(TASK)
    assert entry_id(replace(TASK, reason="other")) != entry_id(TASK)
    assert entry_id(replace(TASK, fields=(replace(NAME, clopos=known({"text": "B"})),))) != entry_id(TASK)
    assert entry_id(UPDATE) == UPDATE.fingerprint()
    close = Entry(EntryKind.CLOSE, reason="moot", topic="name", facts={"queue_id": 4})
    assert entry_id(close) != entry_id(replace(close, facts={"queue_id": 5}))


def test_the_precondition_is_what_both_sides_must_show() -> None:
    there, here = {"v": {"text": "Aysel M"}}, {"v": {"text": "Aysel Məmmədova"}}
    assert precondition(UPDATE) == {"shows": {"clopos": {"name": here}, "checkandplace": {"name": there}}}
    assert precondition(CREATE) == {"nobody_on": "clopos", "with": {"phone": {"v": {"primary": "+994501234567"}}}}
    assert precondition(Entry(EntryKind.LINK, clopos_id="1", checkandplace_id="2")) == {}
    blank = replace(UPDATE, fields=(replace(NAME, before=BLANK),))
    assert precondition(blank)["shows"]["checkandplace"] == {"name": None}


Touch = Callable[[bytes], bytes]
TOUCHED: dict[str, tuple[Touch, str]] = {
    "a value": (lambda c: c.replace(b'"first_name":"Aysel"', b'"first_name":"Leyla"'), "changed"),
    "a name for people": (lambda c: c.replace(b'"who":"Orxan"', b'"who":"Omar"'), "changed"),
    "a precondition": (lambda c: c.replace(b'"nobody_on":"clopos"', b'"nobody_on":"checkandplace"'), "changed"),
    "the head": (lambda c: c.replace(b'"pair":"main"', b'"pair":"other"'), "changed"),
    "the warning": (lambda c: c.replace(b"This file shows", b"This file hides"), "changed"),
    "an entry left out": (lambda c: _without(c, 4), "changed"),
    "the last entry left out": (lambda c: _without(c, 6), "changed"),
    "another order": (lambda c: _swapped(c, 4, 5), "changed"),
    "cut off in an entry": (lambda c: c[: len(c) // 2], "unreadable"),
    "cut off after an entry": (lambda c: b"".join(c.splitlines(keepends=True)[:6]), "cut-off"),
    "cut off before the seal": (lambda c: b"".join(c.splitlines(keepends=True)[:8]), "cut-off"),
    "cut off in the seal": (lambda c: c[:-20], "cut-off"),
    "something behind it": (lambda c: c + b"x", "changed"),
    "another schema": (lambda c: c.replace(b"connector-plan/1", b"connector-plan/9"), "other-schema"),
    "an empty file": (lambda _c: b"", "cut-off"),
    "another file": (lambda _c: b"[pairs.main]\n", "unreadable"),
    "another JSON": (lambda _c: b'{"pairs": []}\n', "unreadable"),
    "bytes": (lambda c: c.replace("ə".encode(), b"\xff\xfe"), "unreadable"),
}  # fmt: skip


def _without(content: bytes, place: int) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:place] + lines[place + 1 :])


def _swapped(content: bytes, one: int, other: int) -> bytes:
    lines = content.splitlines(keepends=True)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


@pytest.mark.parametrize("what", TOUCHED)
def test_a_file_that_was_touched_is_refused(what: str) -> None:
    touch, code = TOUCHED[what]
    content = written()
    assert touch(content) != content, "this touches something"
    with pytest.raises(NotAPlan) as refused:
        read(touch(content))
    assert refused.value.code == code
    assert "Aysel" not in str(refused.value)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_single_byte_can_change(place: int, by: int) -> None:
    content = bytearray(written())
    place %= len(content)
    content[place] ^= by
    with pytest.raises(NotAPlan):
        read(bytes(content))


text = st.text(st.characters(codec=None), max_size=30)


@given(text, text)
def test_any_text_of_a_server_survives(name: str, other: str) -> None:
    """Line separators, control characters and half surrogate pairs as well: a line of the file is one entry."""
    entry = replace(UPDATE, who=name, fields=(replace(NAME, after=known({"text": other})),))
    assert read(written((entry, TASK)))[1] == [entry, TASK]


WRONG_HEADS: list[dict[str, Any]] = [
    {"origin": "diff"}, {"origin": None}, {"pair": ["main"]}, {"pair": {}}, {"store": [1]}, {"scans": [1]},
    {"scans": {"clopos": "x"}}, {"scans": {"clopos": {"pages": "x"}}}, {"settings": None}, {"settings": [1]},
    {"refusals": ["x"]}, {"refusals": {"a": 1}}, {"counts": None}, {"counts": [["update", "", "", "many"]]},
    {"plan": 5}, {"run": "3"},
]  # fmt: skip
WRONG_ENTRIES: list[dict[str, Any]] = [
    {"link_id": "x"}, {"clopos_row": "x"}, {"facts": [1]}, {"body": [1]}, {"who": 5}, {"order": "x"}, {"reason": [1]},
    {"topic": {}}, {"clopos_id": 12}, {"side": "both"}, {"fields": {"a": 1}}, {"fields": [{"field": ["name"]}]},
    {"evil": 1},
]  # fmt: skip


def sealed_anew(place: int, **wrong: Any) -> bytes:
    """The file with something else in one of its lines, under a seal that fits."""
    lines = written().splitlines(keepends=True)
    head = b'"about":' if place == 2 else b""
    line = {**json.loads(lines[place].removeprefix(head).rstrip(b",\n")), **wrong}
    lines[place] = head + json.dumps(line).encode() + (b",\n" if lines[place].endswith(b",\n") else b"\n")
    seal = sha256(b"".join(lines[:-2])).hexdigest().encode()
    return b"".join([*lines[:-2], b'"seal":"' + seal + b'"\n', lines[-1]])


@pytest.mark.parametrize(
    ("place", "wrong"), [*((2, one) for one in WRONG_HEADS), *((5, one) for one in WRONG_ENTRIES)], ids=str
)
def test_a_file_that_was_sealed_anew_by_hand_is_refused_by_its_types(place: int, wrong: dict[str, Any]) -> None:
    assert read(sealed_anew(place)) == read(written())
    with pytest.raises(NotAPlan) as refused:
        read(sealed_anew(place, **wrong))
    assert refused.value.code == "unreadable"


def test_a_digest_is_of_the_content_alone() -> None:
    assert digest_of({"b": {1, 2}, "a": ABOUT}) == digest_of({"a": ABOUT, "b": {2, 1}})
    assert digest_of(ABOUT) != digest_of(replace(ABOUT, pair="other"))


def lines_of(entries: Iterator[Entry]) -> Iterator[bytes]:
    yield from file_lines(ABOUT, entries)


def test_it_is_written_as_it_comes() -> None:
    """No more than one entry is waited for."""
    taken = 0

    def coming() -> Iterator[Entry]:
        nonlocal taken
        for _number in range(1000):
            taken += 1
            yield UPDATE

    lines = lines_of(coming())
    for _line in range(4 + 10):
        next(lines)
    assert taken <= 12
