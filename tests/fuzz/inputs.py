"""Bodies that a server could send: pages and records of both sides with hostile values, and damaged copies of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
ATTRIBUTES = (
    "id", "cid", "name", "first_name", "last_name", "nickname", "email", "phone", "phones", "primary_phone_number",
    "country_code", "gender", "gender_as_integer", "date_of_birth", "description", "note", "group_id", "type_id",
    "type_name", "group", "status", "is_active", "is_anonym", "blacklist", "guest_language", "allow_sms", "allow_email",
    "permits", "created_at", "updated_at", "deleted_at", "receipt_count", "code", "venue_id", "tags", "source",
)  # fmt: skip
DEEP = "[" * 3000 + "]" * 3000
HOSTILE = (
    # numbers
    "0", "-1", "1.5", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551617", "123456789012345678901234567890", "9" * 400, "1e-400", "0.1e1",
    # nothing, and other types
    "null", "true", "false", "[]", "{}", '""', '" "', "[null]", "[[]]", '{"id": {"id": 1}}', DEEP,
    '{"a":' * 500 + "1" + "}" * 500,
    # texts
    r'"\ud83d"', r'"\ude00 cut"', r'"\u0000"', r'"Ay\u0000sel\u001b[31m"', r'"\u202eleseA\u202c"', r'"\u2066x\u2069"',
    r'"\ufeffAysel"', r'"\ufffe\uffff\ufdd0"', '"<script>alert(1)</script>"', '"=HYPERLINK(\\"http://x\\")"',
    '"@SUM(A1)"',
    '"Robert\'); DROP TABLE link;--"', '"' + "Ə" * 5000 + '"', '"' + "5" * 5000 + '"',
    '"A\u0301\u0301\u0301' + "\u0301" * 300 + '"',
    '"\u200b\u200c\u200d"', '"ﷺ﷽"', '"İıŞşĞğÇçÖöÜüƏə"', '"٠٥٠١٢٣٤٥٦٧"', '"０５０１２３４５６７"',
    '"\x01\x02"', '"\t\n"',
    # numbers of people
    '"+994501234567"', '"0501234567"', '"994501234567;994551234567"', '"+0"', '"tel:+994-50-123-45-67;ext=9"', '"+" ',
    '["+994501234567", null, 5, {}, "+994551234567"]', "994501234567", "994501234567.0", '"00994501234567"',
    # times and dates
    '"0203-03-12T16:37:15.000000Z"', '"31.02.2025 10:00"', '"2025-02-31"', '"2099-01-01T00:00:00Z"',
    '"00.00.0000 00:00"',
    '"9999-12-31T23:59:60.999999+14:00"', '"0001-01-01T00:00:00-23:59"', '"20.11.2026 24:00"', '"-1"',
    '"yesterday"', "1e12",
    '"2026-11-20T09:15:00.000000000000000Z"', '"1988-11-02"', '"٢٠٢٦-١١-٢٠"',
    # genders, consents, mails
    '"1"', "3", '"unknown"', '"ONAY"', '"a@b"', '"a@b@c.example"', '"İ@İ.example"', '"x" "y"', '{"permit": "RET"}',
)  # fmt: skip
"""JSON values as texts, and some that are none."""
DAMAGES = (0, 1, 2, 3, 4, 6, 7, *[5] * 9)
"""Ways to damage a body by their numbers; most often a value gives way to another, so that rows are left to read."""
KEYS = ("data", "customers", "customer", "success", "total", "meta", "pagination", "unix", "sorts", "error", "message",
        "errors", "token", "expires_at", "expires_in")  # fmt: skip


def corpus() -> list[bytes]:
    """The bodies kept in the repository, in the order of their names."""
    return [path.read_bytes() for path in sorted(CORPUS.iterdir()) if path.is_file()]


def values() -> st.SearchStrategy[str]:
    """The text of a JSON value, hostile or plain."""
    plain = st.one_of(st.integers(), st.text(max_size=20), st.booleans(), st.none(), st.floats()).map(json.dumps)
    return st.one_of(st.sampled_from(HOSTILE), plain)


def records() -> st.SearchStrategy[str]:
    """The text of a record: any attributes, also twice."""
    named = st.tuples(st.sampled_from(ATTRIBUTES), values())
    ids = st.sampled_from(('"1f0c7d2a-6f0b-4b58-8f0d-5a9c1c2e7b01"', "4102", '"x"', "18446744073709551617"))
    first = ids.map(lambda id_: [("id", id_)])
    return st.builds(
        lambda head, rest: _object(head + rest), st.one_of(first, first, st.just([])), st.lists(named, max_size=8)
    )


def bodies() -> st.SearchStrategy[bytes]:
    """A page, a record, an error, in any shape that the servers are known or suspected to use."""
    rows = st.lists(st.one_of(records(), records(), records(), values()), min_size=1, max_size=4).map(
        lambda found: "[" + ",".join(found) + "]"
    )
    extras = st.lists(st.tuples(st.sampled_from(KEYS), values()), max_size=3)
    pages = st.builds(
        lambda key, content, more: _object([(key, content), *more]),
        st.sampled_from(("data", "customers")), rows, extras,
    )  # fmt: skip
    singles = st.builds(
        lambda key, content, more: _object([(key, content), *more]),
        st.sampled_from(("data", "customer", "error", "errors")), st.one_of(records(), values()), extras,
    )  # fmt: skip
    texts = st.one_of(pages, pages, singles, rows, records()).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(texts, texts, texts, st.binary(max_size=64), st.sampled_from(corpus()))


def damaged(body: bytes, others: list[bytes], chance: Random) -> Iterator[bytes]:
    """Copies of a body, each damaged once or a few times, without end."""
    hostile = [text.encode() for text in HOSTILE if len(text) < 200]
    while True:
        copy = bytearray(body)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            _damage(copy, others, hostile, chance)
        yield bytes(copy[:65_536])


def _damage(copy: bytearray, others: list[bytes], hostile: list[bytes], chance: Random) -> None:
    at = chance.randrange(len(copy) + 1)
    end = min(len(copy), at + chance.choice((1, 2, 8, 64)))
    match chance.choice(DAMAGES):
        case 0:
            copy[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
        case 1:
            del copy[at:end]
        case 2:
            del copy[at:]
        case 3:
            copy[at:at] = copy[at:end] * chance.choice((1, 2, 50))
        case 4:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            copy[at:end] = other[start : start + 200]
        case 5:  # where a value begins: another value in front of what follows
            colon = copy.find(b":", at) + 1
            comma = copy.find(b",", colon)
            copy[colon : comma if comma > 0 else colon] = chance.choice(hostile)
        case 6 if copy:
            copy[min(at, len(copy) - 1)] ^= 1 << chance.randrange(8)
        case _:
            copy[at:at] = chance.choice((b'"', b"\\", b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"[", b"{", b","))


def _object(named: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in named) + "}"
