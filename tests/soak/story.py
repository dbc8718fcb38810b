"""A history: one small town with two systems, and everything that can happen to them, one method each.

The state machine plays random ones; a test of a failure that was found plays the few lines that it came down to.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from connector.domain.errors import ConnectorError, UnsafePlan
from connector.simulator.kit import Fault
from tests.crash.kit import Crash
from tests.engine.scene import Scene
from tests.soak import staff
from tests.soak.circumstances import ORDINARY, Circumstances
from tests.soak.diary import Diary, Record
from tests.soak.ground import common_ground
from tests.soak.people import CHECKANDPLACE, CLOPOS, PEOPLE, SIDES, STRANGERS, cleared, label, number, typed
from tests.soak.seen import Seen
from tests.soak.wire import Wire

START = 1_761_004_800.0
"""2025-10-21 00:00 UTC, a Tuesday."""
PAUSE_S = 120.0
MOST_RUNS = 14
"""Runs after the last fault until nothing is left to be sent."""

Counts = Counter[str]


class Unrest(AssertionError):
    """The two systems do not come to rest."""


class Story:
    """One restaurant and what happens to it. `told`: one line for each thing; `counts`: how often each kind."""

    def __init__(self, circumstances: Circumstances = ORDINARY, start: float = START) -> None:
        self.told: list[str] = [f"circumstances: {circumstances.words}"] if circumstances.words else []
        self.counts: Counts = Counter()
        ground = common_ground()
        ground.wipe()
        self.bench = Scene(
            ground.folder, clopos=0, checkandplace=0, shared=0, begins_at=start, state=ground.url, ready=ground.engine,
            **circumstances.options(),
        )  # fmt: skip
        self.world = self.bench.world
        self.wire = Wire(self.bench, ground)
        self.seen = Seen(self.bench)
        self.diary = Diary(self.world, lambda: self.wire.open, self.seen)
        self.loop = asyncio.Runner()
        self.failed = False
        for person, name in enumerate(PEOPLE[:5]):
            for side in SIDES:
                if person < 3 or (person == 3) == (side == CLOPOS):
                    self._type_in(side, name, number(person, 0))

    def close(self) -> None:
        self.loop.close()

    def note(self, kind: str, *words: object) -> None:
        self.counts[kind] += 1
        self.told.append(" ".join(map(str, (kind, *words))))

    # Who is there

    def found(self, side: str, name: str) -> list[str]:
        """The ids of a person's records on a side that are there, oldest first."""
        store = self.world.checkandplace

        def there(key: str) -> bool:
            return self.diary.listed(side, key) if side == CLOPOS else key in store.customers

        who = label(name)
        return [key for (at, key), person in self.world.labels().items() if (at, person) == (side, who) and there(key)]

    def somebody(self, side: str, place: int) -> str:
        """A person who has a record on that side."""
        there = [name for name in PEOPLE + STRANGERS if self.found(side, name)]
        return there[place % len(there)]

    def nobody(self, place: int) -> str | None:
        """A person who has no record anywhere."""
        away = [name for name in PEOPLE if not any(self.found(side, name) for side in SIDES)]
        return away[place % len(away)] if away else None

    def nobody_on(self, side: str, place: int) -> str | None:
        """A person who has no record on that side."""
        away = [name for name in PEOPLE if not self.found(side, name)]
        return away[place % len(away)] if away else None

    def doubled(self) -> list[tuple[str, str]]:
        """(side, person) of everybody with two records on that side."""
        return [(side, name) for side in SIDES for name in PEOPLE + STRANGERS if len(self.found(side, name)) > 1]

    def deleted(self) -> list[str]:
        """Everybody with a deleted record on Clopos and no other one there."""
        labels = {who for (side, key), who in self.world.labels().items()
                  if side == CLOPOS and not self.diary.listed(side, key)}  # fmt: skip
        return [name for name in PEOPLE + STRANGERS if label(name) in labels and not self.found(CLOPOS, name)]

    def _first(self, side: str, name: str) -> str | None:
        return next(iter(self.found(side, name)), None)

    def proposals(self) -> list[Any]:
        """Open proposals."""
        return self.bench.rows("SELECT * FROM proposal WHERE state = 'open' ORDER BY id")

    def partners(self) -> dict[Record, Record]:
        """Both directions of every active link."""
        both: dict[Record, Record] = {}
        for c, p in self.bench.links():
            both[CLOPOS, c], both[CHECKANDPLACE, p] = (CHECKANDPLACE, p), (CLOPOS, c)
        return both

    # What staff type

    def _type_in(self, side: str, name: str, phone: str | None) -> str | None:
        try:
            made = self.world.staff_create(side, typed(side, name, phone), label(name))
        except ValueError:  # the back office refuses a number that is held
            return None
        self.diary.arrived(side, made)
        self.diary.back(side, label(name))
        return made

    def _edit(self, side: str, key: str, fields: dict[str, Any]) -> bool:
        before = self.diary.showing(side, key)
        try:
            self.world.staff_edit(side, key, fields)
        except ValueError:  # the back office refuses a number that is held
            return False
        self.diary.edited(side, key, before)
        return True

    def rename(self, side: str, name: str, surname: str) -> None:
        """A person marries, or a spelling is put right."""
        key = self._first(side, name)
        if key is not None:
            self.note("rename", side, name, surname)
            self._edit(side, key, typed(side, f"{label(name)} {surname}"))

    def renumber(self, side: str, name: str, digit: int) -> None:
        """A person has another number."""
        key = self._first(side, name)
        if key is not None:
            self.note("renumber", side, name, digit)
            self._edit(side, key, typed(side, phone=self.number_of(name, digit)))

    def number_of(self, name: str, digit: int) -> str:
        return number((PEOPLE + STRANGERS).index(name), digit)

    def clear(self, side: str, name: str, field: str) -> None:
        key = self._first(side, name)
        if key is not None and cleared(side, field) and not staff.nothing_left(self, side, key, field):
            self.note("clear", side, name, field)
            self._edit(side, key, cleared(side, field))

    def email(self, side: str, name: str, digit: int) -> None:
        """A person has an e-mail address (or another one)."""
        key = self._first(side, name)
        if key is not None:
            self.note("email", side, name, digit)
            self._edit(side, key, {"email": f"{label(name)[0].lower()}{digit}@example.az".replace("ə", "e")})

    def swap(self, side: str, one: str, other: str) -> None:
        """Two people swap their numbers (or staff mend a mix-up)."""
        keys = [self._first(side, one), self._first(side, other)]
        if one == other or None in keys or {one, other} & set(STRANGERS):
            return
        self.note("swap", side, one, other)
        field = "phone" if side == CLOPOS else "primary_phone_number"
        held = [getattr(self.diary.record(side, str(key)), field) for key in keys]
        self.world.staff_edit(side, str(keys[0]), {field: None})
        self._edit(side, str(keys[1]), {field: held[0]})
        self._edit(side, str(keys[0]), {field: held[1]})

    def recycle(self, side: str, giver: str, taker: str, digit: int) -> None:
        """A number goes from one person to another, who gave up the own one."""
        keys = self._first(side, giver), self._first(side, taker)
        if giver == taker or keys[0] is None or keys[1] is None or taker in STRANGERS:
            return
        self.note("recycle", side, giver, taker, digit)
        field = "phone" if side == CLOPOS else "primary_phone_number"
        held = getattr(self.diary.record(side, keys[0]), field)
        if self._edit(side, keys[0], typed(side, phone=self.number_of(giver, digit))):
            self._edit(side, keys[1], {field: held})

    def take_over(self, side: str, giver: str, taker: str) -> None:
        """A person has the first number of somebody who is not there any more. Not somebody whose name was typed over
        a record: with its old number back it would only look renamed."""
        key = self._first(side, taker)
        if key is not None and self._first(side, giver) is None and taker not in STRANGERS:
            self.note("take_over", side, giver, taker)
            self._edit(side, key, typed(side, phone=self.number_of(giver, 0)))

    def arrive(self, sides: tuple[str, ...], name: str, digit: int, spelled: str | None = None) -> None:
        """Somebody who is nowhere (any more) is typed in, on one side or on both, in Check&Place perhaps under another
        surname (`spelled`)."""
        if any(self.found(side, name) for side in SIDES):
            return
        self.note("arrive", "+".join(sides), name, digit, *filter(None, [spelled]))
        for side in sides:
            whole = f"{label(name)} {spelled}" if spelled and side == CHECKANDPLACE else name
            self._type_in(side, whole, self.number_of(name, digit))

    def double(self, side: str, name: str) -> None:
        """Staff type the same person in once more. Clopos takes a held number only in another spelling."""
        key = self._first(side, name)
        if key is None or len(self.found(side, name)) > 1:
            return
        record = self.diary.record(side, key)
        phone = record.phone if side == CLOPOS else record.primary_phone_number
        self.note("double", side, name)
        if side == CLOPOS and phone:
            phone = "0" + phone[-9:]
        fields = {"name": record.name, "phone": phone}
        if side == CHECKANDPLACE:
            fields = {"first_name": record.first_name, "last_name": record.last_name, "primary_phone_number": phone}
        try:
            self.diary.arrived(side, self.world.staff_create(side, fields, label(name)))
        except ValueError:
            return

    def merge(self, side: str, name: str, *, newer: bool) -> None:
        """Staff merge the two records of a person."""
        keys = self.found(side, name)
        if len(keys) < 2:
            return
        winner, loser = (keys[1], keys[0]) if newer else (keys[0], keys[1])
        self.note("merge", side, name, "newer" if newer else "older")
        before = self.diary.showing(side, winner)
        self.world.staff_merge(side, winner, loser)
        self.diary.edited(side, winner, before)

    def leave(self, side: str, name: str) -> None:
        """Staff delete a person's record."""
        keys = self.found(side, name)
        if not keys or sum(at == side for at, _key in self.diary.alive()) < 4:
            return  # an empty side is another matter (the guard's)
        self.note("leave", side, name)
        for key in keys:
            self.diary.left(side, key)
            self.world.staff_delete(side, key)

    def restore(self, name: str) -> None:
        """A deletion on Clopos is undone, if nobody holds the number by now."""
        for (side, key), who in self.world.labels().items():
            if (side, who) == (CLOPOS, label(name)) and not self.diary.listed(side, key):
                record = self.diary.record(side, key)
                if self.found(CLOPOS, name) or self.world.clopos.holder("phone", record.phone or "", record.id):
                    return
                self.note("restore", name)
                self.world.staff_restore(key)
                self.diary.back(CLOPOS, label(name))
                return

    def type_over(self, sides: tuple[str, ...], name: str, stranger: str, digit: int) -> None:
        """A record becomes another guest's: name, number and e-mail at once (changed hands); on both sides: staff did
        the same in both systems."""
        if any(self.found(side, stranger) for side in SIDES):
            return
        keys = {side: self._first(side, name) for side in sides}
        if None in keys.values():
            return
        self.note("type_over", "+".join(sides), name, stranger, digit)
        for side, key in keys.items():
            if self._edit(side, str(key), {**typed(side, stranger, self.number_of(stranger, digit)), "email": None}):
                if side == CLOPOS:
                    self.world.clopos.labels[int(str(key))] = label(stranger)
                else:
                    self.world.checkandplace.relabel(str(key), label(stranger))

    def flag(self, side: str, name: str, attribute: str, value: bool) -> None:
        """Active or not, blacklisted or not, anonymous or not: no edit of a field."""
        key = self._first(side, name)
        if key is None:
            return
        self.note("flag", side, name, attribute, value)
        if side == CLOPOS:
            self.world.staff_edit(side, key, {"status": value})
        elif attribute == "permit":
            self.world.consent(key, "sms", value)
        else:
            self.world.staff_edit(side, key, {attribute: value})

    def answer(self, place: int, how: str) -> None:
        """Staff work on one line of their queues, as far as they tell the truth."""
        what = staff.answer(self, place, how)
        if what is not None:
            self.note(f"answer {what}", place, how)

    # What servers, clocks and processes do

    def fault(self, side: str, kind: str, method: str, after: int, times: int) -> None:
        self.note(f"fault {kind}", side, method, after, times)
        path = "/customers" if method != "POST" or side == CHECKANDPLACE else ""
        self.world.plan_fault(Fault(side, kind, method, path, times=times, after=after))

    def clock(self, seconds: float) -> None:
        """Both clocks move: a night passes, or somebody puts the time right."""
        self.note("clock", seconds)
        self.bench.clock.pass_time(seconds)

    def switch(self, name: str, word: str) -> None:
        """A server behaves differently from now on."""
        self.note(f"switch {name}={word}")
        self.world.set(name, word)

    def restart(self) -> None:
        self.note("restart")
        self.wire.restart()

    def meanwhile(self, requests: int, what: str, *words: Any) -> None:
        """Staff do something in the middle of the next run, before its request of that number."""
        self.note("meanwhile", requests)
        self.wire.meanwhile.append((requests, lambda: getattr(self, what)(*words)))

    # Runs

    def run(self, kind: str = "sync", *, crash_at: int | None = None, **changes: Any) -> str:
        """One run; returns `done` or the code of the error that ended it. Anything but a named error is a failure."""
        self.diary.run, self.diary.running = self.diary.run + 1, True
        before = self.bench.decided() if kind == "diff" else None
        self.wire.fuse = crash_at
        try:
            self.loop.run(self.bench.run(kind, **changes))
            ended = "done"
        except Crash:
            self.wire.start_again()
            ended = "crash"
        except ConnectorError as error:
            ended = error.code
            self._error = error
        except BaseException:
            self.failed = True
            raise
        finally:
            self.wire.fuse, self.diary.running = None, False
        self.note(f"run {kind}", ended)
        self.counts[f"ended {ended}"] += 1
        if before is not None and ended != "crash":
            wrong = [f"changed {name}" for name, rows in self.bench.decided().items() if rows != before[name]]
            wrong += ["wrote"] if self.bench.writes else []
            self.failed = self.failed or bool(wrong)
            assert not wrong, f"a dry run {', '.join(wrong)}"
        self.diary.rested(self.partners(), whole=ended == "done" and kind in ("sync", "backfill"))
        return ended

    def settled(self) -> bool:
        """Whether the last run left nothing to be done."""
        return not self.bench.writes and not self.bench.rows("SELECT id FROM intent WHERE settled_at IS NULL")

    def rest(self) -> None:
        """No faults any more, and runs until two in a row write nothing; the operator approves what is asked for."""
        self.world.faults.planned.clear()
        self.wire.meanwhile.clear()
        self.note("rest")
        still = 0
        for _ in range(MOST_RUNS):
            self.bench.clock.pass_time(PAUSE_S)
            finished = self.bench.rows("SELECT id FROM pair WHERE backfill_finished_at IS NOT NULL")
            ended = self.run("sync" if finished else "backfill")
            while ended == "guard-refused":
                ended = self.run("sync", approve=self._approval())
            assert ended == "done", f"without any fault the run ended with {ended}: {self._error.engineer}"
            still = still + 1 if self.settled() else 0
            if still == 2:
                return
        open_ = [dict(row) for row in self.bench.rows("SELECT * FROM intent WHERE settled_at IS NULL")]
        raise Unrest(f"after {MOST_RUNS} runs: {[(e.method, e.path, e.body) for e in self.bench.writes]}, {open_}")

    def _approval(self) -> str:
        assert isinstance(self._error, UnsafePlan)
        return self._error.next_step.rsplit(" ", 1)[-1]
