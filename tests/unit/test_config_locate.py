"""The finder of lines agrees with what was written, however it was written, and survives any text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.config.locate import KeyPath, Lines, locate

TEXT = '''\
# a comment with [a.table] and x = 1
top = 1

[state] # the database
url = "sqlite:///a # b.db"

[pairs.main]
"quoted key" = 'it''s'
text = """
[not.a.table]
no = "key"
"""
raw = \'\'\'
also = 'none'
\'\'\'
list = [
  1, # one
  "two, ] = ",
  [3, 4],
]
clopos.brand = "b" # dotted
inline = { a = 1, b = { c = [1, 2] } }
[ pairs . "ot.her" ]
mode = "live"
[[hooks]]
url = "a"
[[hooks]]
url = "b"
[hooks.inner]
x = 1
'''

PLACES: list[tuple[KeyPath, int]] = [
    (("top",), 2),
    (("state",), 4),
    (("state", "url"), 5),
    (("pairs",), 7),
    (("pairs", "main"), 7),
    (("pairs", "main", "quoted key"), 8),
    (("pairs", "main", "text"), 9),
    (("pairs", "main", "raw"), 13),
    (("pairs", "main", "list"), 16),
    (("pairs", "main", "list", 0), 17),
    (("pairs", "main", "list", 1), 18),
    (("pairs", "main", "list", 2), 19),
    (("pairs", "main", "list", 2, 1), 19),
    (("pairs", "main", "clopos"), 21),
    (("pairs", "main", "clopos", "brand"), 21),
    (("pairs", "main", "inline", "b", "c", 1), 22),
    (("pairs", "ot.her"), 23),
    (("pairs", "ot.her", "mode"), 24),
    (("hooks", 0, "url"), 26),
    (("hooks", 1), 27),
    (("hooks", 1, "url"), 28),
    (("hooks", 1, "inner", "x"), 30),
    # not written: the nearest table around it
    (("pairs", "main", "clopos", "client_id"), 21),
    (("pairs", "main", "region"), 7),
    (("pairs", "third", "region"), 7),
    (("nothing", "at", "all"), 1),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_places(path: KeyPath, line: int, end: str) -> None:
    assert locate(TEXT.replace("\n", end).replace("'it''s'", "'its'"), path) == line


def test_every_line_of_a_key_that_is_written_twice() -> None:
    lines = Lines.of("[a]\nx = 1\n[b]\n[a]\nx = 2\n")
    assert lines.every["a",] == [1, 4]
    assert lines.every["a", "x"] == [2, 5]
    assert lines.first["a", "x"] == 2


@given(st.text(alphabet=st.sampled_from("ab=.\"'[]{},#\\ \n1"), max_size=60))
@example('a = "\\')
@example("[[")
@example("a = [[{")
def test_any_text_is_read_to_its_end(text: str) -> None:
    lines = Lines.of(text)
    last = text.count("\n") + 1
    assert all(1 <= line <= last for line in lines.first.values())
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(_paths(data)) == set(lines.first)


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _paths(below, (*path, key))


KEYS = st.text(alphabet="abc-_1 .\"'#]=é", min_size=1, max_size=6)
SCALARS = st.one_of(
    st.integers(), st.booleans(), st.text(alphabet='ab#=[]{}",\\\n é', max_size=8), st.lists(st.integers(), max_size=3)
)
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=3), lambda inner: st.dictionaries(KEYS, SCALARS | inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


class Writer:
    """Writes data as TOML, each table in a way that is drawn, and notes the line of each key."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = ""
        self.line: dict[KeyPath, int] = {}

    def put(self, text: str) -> None:
        self.text += text

    def here(self) -> int:
        return self.text.count("\n") + 1

    def name(self, path: KeyPath) -> str:
        return " . ".join(json.dumps(part, ensure_ascii=self.draw(st.booleans())) for part in path)

    def value(self, value: Any) -> None:
        if isinstance(value, list) and self.draw(st.booleans()):
            self.put("[ # items\n" + "".join(f"{json.dumps(item)},\n" for item in value) + "]")
        elif isinstance(value, str) and self.draw(st.booleans()):
            self.put('"""\n' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""')
        else:
            self.put(json.dumps(value))

    def table(self, table: dict[str, Any], path: KeyPath) -> None:
        for key, value in table.items():
            if not isinstance(value, dict):
                self.line[(*path, key)] = self.here()
                self.put(f"{self.name((key,))} = ")
                self.value(value)
                self.put(self.draw(st.sampled_from(["\n", " # [x]\n", "\n\n# y = 1\n"])))
        for key, value in table.items():
            if isinstance(value, dict):
                self.line[(*path, key)] = self.here()
                self.put(f"[{self.name((*path, key))}]\n")
                self.table(value, (*path, key))


@given(st.data(), TABLES)
def test_the_line_of_each_key_is_where_it_was_written(data: st.DataObject, table: dict[str, Any]) -> None:
    writer = Writer(data.draw)
    writer.table(table, ())
    assert tomllib.loads(writer.text) == table
    lines = Lines.of(writer.text)
    assert {path: lines.nearest(path) for path in writer.line} == writer.line
