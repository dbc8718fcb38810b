"""A scenario: a restaurant up to the moment before one run, and what its staff say when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connector.domain.codes import HoldCode
from connector.engine.staff_queue import answer_it_is, answer_not_there
from connector.simulator.kit import Fault
from connector.state.undoing import Wanted
from tests.engine.scene import Scene

NINA = {"name": "Nina Hacıyeva", "phone": "+994701112233"}
NINA_GUEST = {"first_name": "Nina", "last_name": "Hacıyeva", "primary_phone_number": "994701112233"}
ZAUR = {"name": "Zaur Bağırov", "phone": "+994701234567"}
ZAUR_GUEST = {"first_name": "Zaur", "last_name": "Bağırov", "primary_phone_number": "994701234567"}


class Stage(Scene):
    """A scene with a crowd, whose connector may be a process of its own. `undone`: the run that is taken back."""

    undone: int | None = None

    @property
    def due(self) -> str:
        """The kind of run that an operator types next."""
        finished = self.rows("SELECT backfill_finished_at AS at FROM pair")
        return "sync" if finished and finished[0]["at"] is not None else "backfill"

    @property
    def others(self) -> list[tuple[str, str]]:
        """(Clopos id, Check&Place id) of the crowd, in its order."""
        return self._others

    def people(self, count: int = 3) -> None:
        """Aysel and others, on both sides."""
        self.guest()
        self._others = self.crowd(count)

    def fault(self, side: str, kind: str, method: str = "*", **more: Any) -> None:
        """Something goes wrong with the next request of this kind to this side's customers."""
        self.world.plan_fault(Fault(side, kind, method, "/customers", **more))


Prepare = Callable[[Stage], Coroutine[Any, Any, None]]


def no_options(_stage: Stage) -> Mapping[str, Any]:
    return {}


def nobody(_stage: Stage) -> None:
    """Staff have nothing to do."""


@dataclass(frozen=True)
class Scenario:
    """`prepare` makes the restaurant and leaves it right before the run that is killed, of `kind`, with `options`.

    `staff` is what staff do after each later run; `asked` names the scenarios that may end in a hold `in-doubt`, which
    staff then answer by what they see. `undoes`: what the run takes back; typed again after a crash. `settings`: of the
    bench (tables of the settings file, switches).
    """

    name: str
    why: str
    prepare: Prepare
    kind: str = "sync"
    options: Callable[[Stage], Mapping[str, Any]] = no_options
    staff: Callable[[Stage], None] = nobody
    undoes: Callable[[Stage], Wanted] | None = None
    asked: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


ALL: dict[str, Scenario] = {}


def scenario(name: str, why: str, **more: Any) -> Callable[[Prepare], Prepare]:
    """Names a scenario by its preparation."""

    def named(prepare: Prepare) -> Prepare:
        assert name not in ALL, name
        ALL[name] = Scenario(name, why, prepare, **more)
        return prepare

    return named


def answer_by_sight(stage: Stage) -> int:
    """Staff answer each hold `in-doubt`: they look for the record in the back office. How many they answered."""
    answered = 0
    labels = stage.world.labels()
    linked = {guest for _c, guest in stage.links()}
    read = {row["remote_id"] for row in stage.rows("SELECT remote_id FROM record WHERE gone_at IS NULL")}
    for hold in stage.queue("hold"):
        if hold["code"] != HoldCode.IN_DOUBT.value:
            continue
        source = stage.rows("SELECT remote_id FROM record WHERE id = :i", i=hold["clopos_record_id"])[0]["remote_id"]
        person, name = labels["clopos", source], stage.world.clopos.get(source).name
        there = [
            key
            for key, guest in stage.world.checkandplace.customers.items()
            if key not in linked
            and (guest.nickname == name if guest.is_anonym else labels["checkandplace", key] == person)
        ]
        if there and there[0] not in read:
            continue  # it is not in the list yet: the answer waits for the next run
        if there:
            stage.decide(partial(answer_it_is, entry_id=hold["id"], record_id=there[0]))
        else:
            stage.decide(partial(answer_not_there, entry_id=hold["id"]))
        answered += 1
    return answered
