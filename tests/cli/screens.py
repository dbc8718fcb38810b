"""What stands on a terminal's screen after everything that was sent to it: the few control sequences that progress
displays use, no more. A sequence that is not known fails the test that uses it."""

from __future__ import annotations

import re

_PARTS = re.compile(r"\x1b\[(\?)?([0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")
WIDTH = 80


class Screen:
    """Lines of text, and a cursor."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self._row = self._column = 0

    def feed(self, text: str) -> Screen:
        at = 0
        while at < len(text):
            found = _PARTS.match(text, at)
            assert found is not None, f"unknown to this screen: {text[at : at + 12]!r}"
            private, number, letter, back, down, plain = found.groups()
            at = found.end()
            if plain is not None:
                for sign in plain:
                    self._put(sign)
            elif back is not None:
                self._column = 0
            elif down is not None:
                self._to(self._row + 1)
            elif letter == "A":
                self._to(self._row - int(number or 1))
            elif letter == "K":
                assert number == "2", number
                self.lines[self._row] = ""
            else:
                assert private or letter == "m", f"unknown to this screen: {found[0]!r}"
        return self

    def _put(self, sign: str) -> None:
        if self._column == WIDTH:
            self._to(self._row + 1)
            self._column = 0
        line = self.lines[self._row].ljust(self._column)
        self.lines[self._row] = line[: self._column] + sign + line[self._column + 1 :]
        self._column += 1

    def _to(self, row: int) -> None:
        assert row >= 0, "the cursor went above the first line"
        self._row = row
        while len(self.lines) <= row:
            self.lines.append("")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


def screen(sent: str) -> str:
    """The lines that are seen in the end, of what a command sent to a terminal (its line ends as `\\n` or `\\r\\n`)."""
    return Screen().feed(sent.replace("\r\n", "\n").replace("\n", "\r\n")).text
