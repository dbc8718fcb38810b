"""The state machine: every step a thing that staff, guests, servers, clocks or processes do (`Story` says how)."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.soak import circumstances
from tests.soak.people import CHECKANDPLACE, CLOPOS, PEOPLE, SIDES, STRANGERS, SURNAMES
from tests.soak.promises import broken
from tests.soak.staff import WAYS
from tests.soak.story import START, Story

FAULTS = (
    "status:500", "status:503", "status:429", "status:408", "html:502", "drop_before", "drop_after", "status_after:504",
    "status_after:500", "garbage", "truncate", "break", "delay:2.0", "delay:700.0",
)  # fmt: skip
"""Every kind that the simulators know. A delay of minutes outlives the age that a reading may have (`delay:700`)."""

DAY_S = 86_400.0
CLOCKS = (-2 * DAY_S, -7200.0, -61.0, -1.0, 1.0, 45.0, 61.0, 660.0, 7200.0, DAY_S, 40 * DAY_S)
"""Seconds by which both clocks move: a clock put right, a night, a month."""

STARTS = (START, 1_761_440_100.0, 1_774_743_300.0)
"""When a history begins: an ordinary day; 15 minutes before the European clocks go back, and before they go forward
(stores in such a zone: CP-07). 2025-10-26 00:55 and 2026-03-29 00:15 UTC."""

SWITCHED_LATER = (
    ("checkandplace.write_body", ("customer", "bare", "204")),
    ("checkandplace.list_order", ("newest_first", "created_at")),
    ("checkandplace.duplicate_phone", ("422", "409", "200_existing", "second_record")),
    ("checkandplace.phone_unique", ("per_store", "not_unique")),
    ("checkandplace.extra_write", ("email_accepted", "email_ignored", "unknown_422")),
    ("checkandplace.create_fault", ("none", "drop_after_commit", "drop_without_commit", "5xx_after_commit")),
    ("clopos.create_fault", ("none", "commit_504", "commit_drop", "504")),
    ("clopos.duplicate_form", ("409", "400_sentence", "422", "list")),
    ("clopos.staff_delete", ("hidden", "deleted_at")), ("clopos.deleted_phone", ("kept", "freed")),
    ("clopos.phone_filter", ("digits", "exact")), ("clopos.customers_sort", ("honoured", "ignored")),
    ("checkandplace.merge_loser", ("leaves", "inactive")),
    ("checkandplace.list_content", ("all", "inactive_hidden", "blacklisted_hidden")),
)  # fmt: skip
"""What a server may begin to do in the middle of a history."""

places = st.integers(0, 9)
"""Somebody who is there on that side, by place."""
people = st.sampled_from(PEOPLE)
sides = st.sampled_from(SIDES)
digits = st.integers(0, 5)
both = st.sampled_from([(CLOPOS,), (CHECKANDPLACE,), SIDES])
moments = st.integers(1, 60)


def _peopled(machine: Machine) -> bool:
    return all(any(machine.story.found(side, name) for name in PEOPLE + STRANGERS) for side in SIDES)


peopled = precondition(_peopled)
"""For what is done to somebody: staff can have deleted everybody of a side."""


class Machine(RuleBasedStateMachine):
    """One history. `counts` of all histories of this process are kept in `seen`."""

    seen: ClassVar[Counter[str]] = Counter()
    last: ClassVar[Story | None] = None

    @initialize(
        place=st.integers(0, len(circumstances.REGISTER) * 2),
        more=st.lists(
            st.tuples(st.sampled_from(sorted(circumstances.PLAIN)), st.integers(0, 3)), max_size=3,
            unique_by=lambda pair: pair[0],
        ),
        emails=st.booleans(), start=st.sampled_from(STARTS),
    )  # fmt: skip
    def begin(self, place: int, more: list[tuple[str, int]], emails: bool, start: float) -> None:
        """Half of the histories stand under an alternative of the register with the settings it needs; all under up to
        three others."""
        register = circumstances.REGISTER
        main = register[place] if place < len(register) else circumstances.ORDINARY
        self.story = Story(circumstances.combined(main, more, emails=emails), start)
        Machine.last = self.story
        self.story.run("backfill")

    # Staff at the records

    @peopled
    @rule(side=sides, place=places, surname=st.sampled_from(SURNAMES))
    def rename(self, side: str, place: int, surname: str) -> None:
        self.story.rename(side, self.story.somebody(side, place), surname)

    @peopled
    @rule(side=sides, place=places, digit=digits)
    def renumber(self, side: str, place: int, digit: int) -> None:
        self.story.renumber(side, self.story.somebody(side, place), digit)

    @peopled
    @rule(side=sides, place=places, field=st.sampled_from(["name", "phone"]))
    def clear(self, side: str, place: int, field: str) -> None:
        self.story.clear(side, self.story.somebody(side, place), field)

    @peopled
    @rule(side=sides, place=places, digit=st.integers(0, 3))
    def email(self, side: str, place: int, digit: int) -> None:
        self.story.email(side, self.story.somebody(side, place), digit)

    @peopled
    @rule(side=sides, one=places, other=places)
    def swap(self, side: str, one: int, other: int) -> None:
        self.story.swap(side, self.story.somebody(side, one), self.story.somebody(side, other))

    @peopled
    @rule(side=sides, giver=places, taker=places, digit=digits)
    def recycle(self, side: str, giver: int, taker: int, digit: int) -> None:
        self.story.recycle(side, self.story.somebody(side, giver), self.story.somebody(side, taker), digit)

    @peopled
    @rule(side=sides, place=places, taker=places)
    def take_over(self, side: str, place: int, taker: int) -> None:
        name = self.story.nobody_on(side, place)
        if name is not None:
            self.story.take_over(side, name, self.story.somebody(side, taker))

    @rule(sides_=both, place=places, digit=digits, spelled=st.sampled_from([None, *SURNAMES]))
    def arrive(self, sides_: tuple[str, ...], place: int, digit: int, spelled: str | None) -> None:
        name = self.story.nobody(place)
        if name is not None:
            self.story.arrive(sides_, name, digit, spelled)

    @peopled
    @rule(side=sides, place=places)
    def double(self, side: str, place: int) -> None:
        self.story.double(side, self.story.somebody(side, place))

    @precondition(lambda self: self.story.doubled())
    @rule(place=places, newer=st.booleans())
    def merge(self, place: int, newer: bool) -> None:
        doubled = self.story.doubled()
        self.story.merge(*doubled[place % len(doubled)], newer=newer)

    @peopled
    @rule(side=sides, place=places)
    def leave(self, side: str, place: int) -> None:
        self.story.leave(side, self.story.somebody(side, place))

    @precondition(lambda self: self.story.deleted())
    @rule(place=places)
    def restore(self, place: int) -> None:
        deleted = self.story.deleted()
        self.story.restore(deleted[place % len(deleted)])

    @peopled
    @rule(sides_=both, place=places, stranger=st.sampled_from(STRANGERS), digit=digits)
    def type_over(self, sides_: tuple[str, ...], place: int, stranger: str, digit: int) -> None:
        self.story.type_over(sides_, self.story.somebody(sides_[0], place), stranger, digit)

    @peopled
    @rule(
        side=sides, place=places, value=st.booleans(),
        attribute=st.sampled_from(["is_active", "blacklist", "permit", "is_anonym"]),
    )  # fmt: skip
    def flag(self, side: str, place: int, attribute: str, value: bool) -> None:
        self.story.flag(side, self.story.somebody(side, place), attribute, value)

    # Staff at the queues

    @precondition(lambda self: self.story.bench.queue() or self.story.proposals())
    @rule(place=st.integers(0, 20), how=st.sampled_from(WAYS))
    def answer(self, place: int, how: str) -> None:
        self.story.answer(place, how)

    # Servers, clocks, processes

    @rule(
        side=sides, kind=st.sampled_from(FAULTS), method=st.sampled_from(["GET", "POST", "PATCH"]),
        after=st.integers(0, 4), times=st.sampled_from([1, 2, 6, 40]),
    )  # fmt: skip
    def fault(self, side: str, kind: str, method: str, after: int, times: int) -> None:
        self.story.fault(side, kind, method, after, times)

    @rule(seconds=st.sampled_from(CLOCKS), restart=st.booleans())
    def clock(self, seconds: float, restart: bool) -> None:
        self.story.clock(seconds)
        if restart:
            self.story.restart()

    @rule(place=st.integers(0, len(SWITCHED_LATER) - 1), word=st.integers(0, 3))
    def switch(self, place: int, word: int) -> None:
        name, words = SWITCHED_LATER[place]
        self.story.switch(name, words[word % len(words)])

    @rule(requests=st.integers(0, 12), side=sides, name=people, digit=digits, surname=st.sampled_from(SURNAMES),
          what=st.sampled_from(["rename", "renumber", "leave", "arrive"]))  # fmt: skip
    def meanwhile(self, requests: int, side: str, name: str, digit: int, surname: str, what: str) -> None:
        words: dict[str, tuple[Any, ...]] = {
            "rename": (side, name, surname), "renumber": (side, name, digit), "leave": (side, name),
            "arrive": ((side,), name, digit),
        }  # fmt: skip
        self.story.meanwhile(requests, what, *words[what])

    # Runs

    @rule(kind=st.sampled_from(["sync", "sync", "quick", "diff"]))
    def run(self, kind: str) -> None:
        self.story.run(kind)

    @rule(kind=st.sampled_from(["sync", "sync", "quick", "backfill"]), moment=moments)
    def crash(self, kind: str, moment: int) -> None:
        self.story.run(kind, crash_at=moment)

    @rule()
    def rest(self) -> None:
        self.come_to_rest()

    def come_to_rest(self) -> None:
        self.story.rest()
        breaches = broken(self.story)
        if breaches:
            self.story.failed = True
            raise AssertionError("; ".join(breaches))

    def teardown(self) -> None:
        """The end of every history: rest, and all promises."""
        story = getattr(self, "story", None)
        if story is None:
            return
        try:
            if not story.failed:
                self.come_to_rest()
        finally:
            Machine.seen += story.counts + Counter({"histories": 1, "runs": story.diary.run})
            story.close()
