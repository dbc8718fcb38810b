"""What happened in a history, noted outside of the engine: who edited what, what our requests overwrote and made.

The promises are judged from these notes, from the stores of the simulators and from the state, never from what the
engine says of itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.simulator.world import World
from tests.soak.people import CHECKANDPLACE, CLOPOS, COMPARED, SIDES, numbers, shown
from tests.soak.seen import Seen

ATTRIBUTES = {"name": ("first_name", "last_name"), "phone": ("primary_phone_number",)}
CONSENT = ("allow_sms", "allow_email", "permits", "blacklist")

Record = tuple[str, str]
"""Side and id as text."""


@dataclass
class Edit:
    """A value that staff typed. `link`: the active link of the record at that time, if the field was settled in it;
    `settled`: both sides have shown it since, or staff decided, or it was no change of what was settled."""

    value: str
    link: int | None
    during: int
    settled: bool = False


@dataclass(frozen=True)
class Overwritten:
    """A field of a Check&Place record that a request of ours changed, and what stood there."""

    record: str
    field: str
    before: str
    during: int


@dataclass(frozen=True)
class Gone:
    """A record that staff deleted after a reading had shown it."""

    side: str
    person: str
    numbers: frozenset[str]
    name: str


@dataclass
class Diary:
    """Notes of one history. `run`: the number of the run under way, or of the last one; `by_wire` says whether a
    request is being carried out, `seen` what the connector knew; `settled`: what each field may be settled as."""

    world: World
    by_wire: Callable[[], bool]
    seen: Seen
    run: int = 0
    running: bool = False
    edits: dict[tuple[str, str, str], Edit] = field(default_factory=dict)
    settled: defaultdict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    overwritten: list[Overwritten] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    typed_in: dict[Record, int] = field(default_factory=dict)
    touched: set[Record] = field(default_factory=set)
    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        create, add, change = world.clopos.create, world.checkandplace.add, world.checkandplace.change

        def created(body: Mapping[str, Any], venue_id: int) -> Any:
            customer = create(body, venue_id)
            self._made(CLOPOS, str(customer.id), customer)
            return customer

        def added(fields: Mapping[str, Any], person: str | None = None, *, origin: str = "seed") -> str:
            made = add(fields, person, origin=origin)
            self.consents[made] = self._consent(made)
            if origin == "api":
                self._made(CHECKANDPLACE, made, world.checkandplace.customers[made])
            return made

        def changed(customer: Any, fields: Mapping[str, Any], *, touch: bool = True) -> bool:
            before = self.showing(CHECKANDPLACE, customer.id)
            moved = change(customer, fields, touch=touch)
            if self.by_wire():
                self._wrote(customer, before)
            else:
                self.consents[customer.id] = self._consent(customer.id)
            return moved

        world.clopos.create = created  # type: ignore[method-assign]  # the store's own users are to be heard too
        world.checkandplace.add = added  # type: ignore[method-assign]  # as above
        world.checkandplace.change = changed  # type: ignore[method-assign]  # as above
        for side, key in self.alive():
            if side == CHECKANDPLACE:
                self.consents[key] = self._consent(key)

    # What staff did

    def showing(self, side: str, key: str) -> dict[str, str]:
        """What a record shows, by field."""
        return {name: shown(side, self.record(side, key), name) for name in COMPARED}

    def edited(self, side: str, key: str, before: Mapping[str, str]) -> None:
        """Staff typed in this record: what it shows otherwise than before is theirs. Nobody can tell what is typed back
        from an update that never arrived, as long as no reading has shown its value."""
        self.touched.add((side, key))
        for name, value in self.showing(side, key).items():
            if value == before[name]:
                continue
            back = value in self.settled[side, key, name]
            back = back or (side == CHECKANDPLACE and value in self.seen.doubted(key, name))
            self.edits[side, key, name] = Edit(value, self.seen.link_of(side, key, name), self._now(), settled=back)

    def _now(self) -> int:
        """The run that staff were typing in, or none."""
        return self.run if self.running else -1

    def arrived(self, side: str, key: str) -> None:
        self.typed_in[side, key] = self._now()

    def left(self, side: str, key: str) -> None:
        """Staff delete this record. What of it no reading has shown is nobody's to remember."""
        record = self.record(side, key)
        person = self.world.labels()[side, key]
        if person is not None and self.seen.record(side, key):
            known = frozenset(digits for digits in numbers(side, record) if self.seen.number_once(side, key, digits))
            self.gone.append(Gone(side, person, known, shown(side, record, "name")))

    def back(self, side: str, person: str | None) -> None:
        """Staff brought the person back on that side: what they deleted before counts no more."""
        self.gone = [gone for gone in self.gone if (gone.side, gone.person) != (side, person)]

    def decided(self, link: int) -> None:
        """Staff decided something about this link: its values are as they want them."""
        for edit in self.edits.values():
            if edit.link == link:
                edit.settled = True

    def rested(self, partners: Mapping[Record, Record], *, whole: bool) -> None:
        """After a run: values that both sides of an active link show are settled, and so is one beside a blank (an
        emptied field is accepted as different, `on_clear = "keep"`, unless the other side changed too: a conflict).
        After a run that came to no good end (`whole` is false) it may be these or what was settled before: it may have
        died before it read them."""
        for (side, key), (other, partner) in partners.items():
            mine, theirs = self.record(side, key), self.record(other, partner)
            for name in COMPARED:
                value, opposite = shown(side, mine, name), shown(other, theirs, name)
                if value == opposite or not value or not opposite:
                    if whole and value == opposite:
                        self.settled[side, key, name].clear()
                    self.settled[side, key, name].add(value)
                    edit = self.edits.get((side, key, name))
                    if edit is not None and edit.value == value:
                        edit.settled = True

    # What the wire did

    def _wrote(self, customer: Any, before: Mapping[str, str]) -> None:
        for name in COMPARED:
            now = shown(CHECKANDPLACE, customer, name)
            if now == before[name]:
                continue
            edit = self.edits.get((CHECKANDPLACE, customer.id, name))
            typed_meanwhile = edit is not None and edit.value == before[name] and edit.during == self.run
            if before[name] and not typed_meanwhile:  # no reading could show what is typed behind its back
                self.overwritten.append(Overwritten(customer.id, name, before[name], self.run))
            if edit is not None and edit.value == before[name] and self._unheard(edit, customer.id, name):
                self.breaches.append(f"an edit of {name} on Check&Place was overwritten unseen: {before[name]!r}")
            self.settled.pop((CHECKANDPLACE, customer.id, name), None)
            if name == "phone":
                self._given(CHECKANDPLACE, customer.id, now)

    def _unheard(self, edit: Edit, key: str, name: str) -> bool:
        """Whether an edit was made while this link was settled, before this run, and nobody has agreed to its end."""
        if edit.settled or edit.link is None or edit.during == self.run:
            return False
        return edit.link == self.seen.link_of(CHECKANDPLACE, key, name)

    def _given(self, side: str, key: str, digits: str) -> None:
        """A request gave this number to a record: nobody else may hold it whom a reading showed to hold it."""
        for other_side, other in self.alive() if digits else ():
            if other_side != side or other == key or shown(side, self.record(side, other), "phone") != digits:
                continue
            if self.seen.number(side, other, digits):
                self.breaches.append(f"{key} was given a number of {side} that was held by {other}")

    def _made(self, side: str, key: str, made: Any) -> None:
        """A create of ours: is this person there already, or was it deleted there?"""
        self._given(side, key, shown(side, made, "phone"))
        labels = self.world.labels()
        person = labels[side, key]
        if person is None:
            return
        for (other_side, other), who in labels.items():
            if (other_side, who) != (side, person) or other == key or not self.listed(side, other):
                continue
            twin = self.record(side, other)
            if getattr(twin, "is_anonym", False):
                continue  # nobody: what it holds is no key (vectors.json, L5; CP-46)
            same_number = numbers(side, made) & numbers(side, twin)
            ours = twin.origin == "api" and (side, other) not in self.touched
            typed_now = self.typed_in.get((side, other)) == self.run
            asked = not typed_now and self._once_shared(side, other, person)
            if (same_number and (ours or not typed_now)) or (ours and self._of_one_guest(side, other, made)) or asked:
                self.breaches.append(f"{person} was doubled on {side}: {key} beside {other}")
        for gone in self.gone:
            same = (gone.side, gone.person, gone.name) == (side, person, shown(side, made, "name"))
            if same and gone.numbers & numbers(side, made):
                self.breaches.append(f"{person} was deleted on {side} and came back as {key}")

    def _of_one_guest(self, side: str, key: str, made: Any) -> bool:
        """Whether a record of the same person, linked to this one once, is listed on the other side, and a reading
        showed that it holds, or held, the number of what was made. Without such a number nothing says that it is not a
        namesake: staff put another record, or another guest, in the place of theirs between two readings."""
        there, labels = CHECKANDPLACE if side == CLOPOS else CLOPOS, self.world.labels()
        partners = [partner for partner in self.seen.linked_once(side, key) if self.listed(there, partner)]
        same = [partner for partner in partners if labels[there, partner] == labels[side, key]]
        return any(self.seen.number_once(there, partner, shown(side, made, "phone")) for partner in same)

    def _once_shared(self, side: str, key: str, person: str) -> bool:
        """Whether a record of the same person on the other side shared a number with this one in readings, and nobody
        was ever linked to either: the two are a question for staff, whatever their numbers are now."""
        there = CHECKANDPLACE if side == CLOPOS else CLOPOS
        if self.seen.linked_once(side, key):
            return False
        known = self.seen.numbers(side, key)
        return any(
            known & self.seen.numbers(there, other) and not self.seen.linked_once(there, other)
            for (at, other), who in self.world.labels().items()
            if (at, who) == (there, person) and self.listed(there, other)
        )

    # Looking

    def record(self, side: str, key: str) -> Any:
        """A record as the back office has it, also after it has gone."""
        store = self.world.checkandplace
        return self.world.clopos.get(key) if side == CLOPOS else store.customers.get(key) or store.gone[key]

    def listed(self, side: str, key: str) -> bool:
        """Is it there, and does a listing show it (CL-10, CP-23)?"""
        if side == CLOPOS:
            return self.world.clopos.get(key).deleted_at is None
        return any(customer.id == key for customer in self.world.checkandplace.listing("main"))

    def alive(self) -> list[Record]:
        """Every record that a listing shows."""
        return [(side, key) for (side, key) in self.world.labels() if side in SIDES and self.listed(side, key)]

    def _consent(self, key: str) -> dict[str, Any]:
        customer = self.world.checkandplace.customers[key]
        return {name: dict(value) if name == "permits" else value
                for name in CONSENT for value in [getattr(customer, name)]}  # fmt: skip

    def raised_consents(self) -> list[str]:
        """Check&Place records whose consent is not what staff, guests or the server's own defaults made it."""
        kept = self.world.checkandplace.customers
        return [key for key, consent in self.consents.items() if key in kept and self._consent(key) != consent]
