"""What both simulators share: switches of the assumption register, a clock, a request log, planned faults.

Simulators import nothing of the product: a simulator that shares the client's code proves nothing about the client.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch of a register entry. `id` is the entry (`CL-03`), `name` the switch (`customers_sort`), `default` and
    `alternatives` its words. `free` allows any text beside them (a number, a list, a zone) that `check`, if given, does
    not turn away with a ValueError saying what it must be."""

    id: str
    name: str
    default: str
    alternatives: tuple[str, ...]
    help: str
    free: bool = False
    check: Callable[[str], object] | None = None


class Switches:
    """The switches of one simulator with their present words. Reading an unknown name is a KeyError; setting an
    unknown word is a ValueError that lists the allowed ones. Names are unique per simulator; an id may have several."""

    def __init__(self, table: Iterable[Switch]) -> None:
        self.table = {switch.name: switch for switch in table}
        self.words = {name: switch.default for name, switch in self.table.items()}

    def __getitem__(self, name: str) -> str:
        return self.words[name]

    def set(self, name_or_id: str, word: str) -> None:
        """Set by switch name, by id (`CL-03`, where the id has one switch) or by `CL-03.customers_sort`."""
        name = name_or_id.rpartition(".")[2]
        if name not in self.table:
            named = [switch.name for switch in self.table.values() if switch.id == name_or_id]
            if len(named) != 1:
                wrong = f"{name_or_id} has {', '.join(named)}: name one" if named else f"no such switch: {name_or_id}"
                raise ValueError(wrong)
            name = named[0]
        switch = self.table[name]
        if not switch.free and word not in (switch.default, *switch.alternatives):
            words = ", ".join((switch.default, *switch.alternatives))
            raise ValueError(f"{switch.id} {name}: {word!r} is not one of {words}")
        if switch.check is not None and word not in (switch.default, *switch.alternatives):
            try:
                switch.check(word)
            except ValueError as wrong_word:
                raise ValueError(f"{switch.id} {name}: {word!r} {wrong_word}") from None
        self.words[name] = word

    def update(self, settings: Mapping[str, str]) -> None:
        for name, word in settings.items():
            self.set(name, word)


class SimClock:
    """Epoch seconds. `scale` makes simulated time run faster than real time; `shift` moves it by hand."""

    def __init__(self, start: float | None = None, scale: float = 1.0) -> None:
        self._real0 = time.time()
        self._start = self._real0 if start is None else start
        self.scale = scale
        self.shift = 0.0

    def now(self) -> float:
        return self._start + (time.time() - self._real0) * self.scale + self.shift


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as the simulator saw it. `query` is the decoded query, `body` the parsed JSON body or None."""

    number: int
    side: str
    at: float
    method: str
    path: str
    query: Mapping[str, str]
    body: object
    status: int | None
    fault: str | None = None


@dataclass
class RequestLog:
    """All requests of both simulators, in order of arrival."""

    entries: list[Logged] = field(default_factory=list)

    def add(self, **facts: object) -> None:
        self.entries.append(Logged(number=len(self.entries) + 1, **facts))  # type: ignore[arg-type]


FAULT_KINDS = {
    "status": True, "status_after": True, "html": True, "delay": True,
    "drop_before": False, "drop_after": False, "garbage": False, "truncate": False, "break": False,
}  # fmt: skip
"""The kinds of planned faults; True where a number follows, as in `status:503`."""


@dataclass
class Fault:
    """A planned fault: applies to the next `times` requests of `side` with `method` (or any, "*") whose path contains
    `path`, after letting `after` matching ones through. `kind`: `status:503`, `drop_before` (nothing done, connection
    closed), `drop_after` (done, then closed), `status_after:504` (done, then that status), `delay:2.5`, `garbage`
    (200 with a body that is no JSON), `truncate` (half of the body, well-formed HTTP), `break` (the whole
    length announced, half sent, closed), `html:502`."""

    side: str
    kind: str
    method: str = "*"
    path: str = ""
    times: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        """ValueError for a kind that no gate knows or whose number is none."""
        name, _, number = self.kind.partition(":")
        if name not in FAULT_KINDS:
            raise ValueError(f"no such fault: {self.kind} (one of {', '.join(FAULT_KINDS)})")
        if FAULT_KINDS[name] and not number.replace(".", "", 1).isdigit():
            raise ValueError(f"{self.kind}: write {name}:NUMBER")


@dataclass
class Faults:
    """The queue of planned faults; `take` returns the kind that applies to this request, if any, and counts it."""

    planned: list[Fault] = field(default_factory=list)

    def take(self, side: str, method: str, path: str) -> str | None:
        for fault in self.planned:
            if fault.side == side and fault.method in ("*", method) and fault.path in path and fault.times > 0:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault.kind
        return None
