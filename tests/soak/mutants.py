"""Engines that are broken on purpose: each breaks a promise, and a history must see it.

A promise that no engine can break proves nothing. `MUTANTS` are replacements of one function each, with the history
that shows it; `python -m tests.soak.hunt` lets the random histories look for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from connector.domain.lifecycle import LinkDecision, LinkState
from connector.domain.lifecycle import judge as judge_link
from connector.domain.merge import Decision, FieldDecision, merge_field
from connector.domain.uniqueness import Order
from connector.domain.values import SideName
from connector.engine import absence, apply, creates, keys, linking, reconcile, run, scan, writes
from connector.engine.ledger import record_decisions
from connector.engine.planning import make_plan
from tests.soak.circumstances import ORDINARY, Circumstances
from tests.soak.people import CHECKANDPLACE, CLOPOS, SIDES
from tests.soak.story import Story

LOOSE = Circumstances("loose", {"CP-14": "second_record", "CP-15": "not_unique"})
"""A store that takes two records with one number: only the connector's own care keeps people single."""
FREED = Circumstances("freed", {**LOOSE.switches, "clopos.deleted_phone": "freed"})
IGNORED = Circumstances("ignored", {"CP-40": "email_ignored"}, emails=True)


Change = tuple[Any, str, Any]
"""Where (a module), which name, and what stands there instead."""


@dataclass(frozen=True)
class Mutant:
    """One broken engine, the history that shows it, and a word of the breach."""

    name: str
    history: Callable[[Story], None]
    says: str
    changes: tuple[Change, ...]
    circumstances: Circumstances = ORDINARY

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with ExitStack() as stack:
            for place, name, instead in self.changes:
                stack.enter_context(patch.object(place, name, instead))
            yield


# The histories

ORXAN, NIGAR, TURAL = "Orxan Quliyev", "Nigar Abbasova", "Tural Nəsirov"
"""The first two are on both sides at the start, the third is on Check&Place alone."""


def start(story: Story) -> None:
    story.run("backfill")
    story.rest()


def torn_listing(story: Story) -> None:
    """The second page of a listing is missing, run after run."""
    story.run("backfill")
    for _ in range(3):
        story.fault(CHECKANDPLACE, "status:500", "GET", 1, 8)
        story.run()
    story.world.faults.planned.clear()


def both_edit(story: Story) -> None:
    """Both staffs give a guest another name."""
    story.run("backfill")
    story.rest()
    story.rename(CLOPOS, ORXAN, "Babayev")
    story.rename(CHECKANDPLACE, ORXAN, "Rüstəmov")
    story.rest()


def one_edits(story: Story) -> None:
    story.run("backfill")
    story.rest()
    story.rename(CLOPOS, ORXAN, "Babayev")
    story.rest()


def guest_edits(story: Story) -> None:
    story.run("backfill")
    story.rest()
    story.rename(CHECKANDPLACE, ORXAN, "Babayev")
    story.rest()


def erased(story: Story) -> None:
    """A guest is deleted on Check&Place, and Clopos keeps a second record of the person, with the same number."""
    story.run("backfill")
    story.rest()
    story.double(CLOPOS, ORXAN)
    story.rest()
    story.leave(CHECKANDPLACE, ORXAN)
    story.rest()
    story.merge(CLOPOS, ORXAN, newer=True)
    story.rest()


def typed_over(story: Story) -> None:
    """A record becomes another guest's."""
    story.run("backfill")
    story.rest()
    story.type_over((CLOPOS,), ORXAN, "Kamran Hüseynov", 1)
    story.rest()


def arrives(story: Story) -> None:
    story.run("backfill")
    story.arrive((CLOPOS,), "Sevda Rzayeva", 0)
    story.rest()


def never_sticks(story: Story) -> None:
    """A store that takes an e-mail and forgets it."""
    story.run("backfill")
    story.rest()
    story.email(CLOPOS, ORXAN, 1)
    story.rest()


def compared_only(story: Story) -> None:
    story.run("backfill")
    story.rename(CLOPOS, ORXAN, "Babayev")
    story.rename(CHECKANDPLACE, NIGAR, "Babayev")
    story.run("diff")
    story.rest()


def same_number(story: Story) -> None:
    """A customer is deleted in Clopos and the number goes to another one there; on Check&Place the first keeps it."""
    story.run("backfill")
    story.rest()
    story.leave(CLOPOS, TURAL)
    story.rest()
    story.take_over(CLOPOS, TURAL, NIGAR)
    story.rest()


def in_review(story: Story) -> None:
    """A guest stands on both sides, spelled two ways, and gets another number on one before staff said who is who."""
    story.run("backfill")
    story.arrive(SIDES, "Sevda Rzayeva", 0, "Babayev")
    story.rest()
    story.renumber(CLOPOS, "Sevda Rzayeva", 1)
    story.rest()


# The mutants


_real_full = scan.scan_full


async def _always_whole(ctx: Any, side: Any) -> None:
    """Torn scans count as complete."""
    await _real_full(ctx, side)
    ctx.readings[side].complete = True


def _keeps_quiet(*words: Any) -> FieldDecision:
    """Conflicts and tasks are settled as different, and nobody is asked."""
    made = merge_field(*words)
    if made.decision in (Decision.CONFLICT, Decision.TASK_CLOPOS):
        return replace(made, decision=Decision.SETTLE_DIFFERENT, entry=None)
    return made


def _clopos_wins(*words: Any) -> FieldDecision:
    """Where both sides were edited, Clopos is written over Check&Place."""
    made = merge_field(*words)
    if made.decision is Decision.CONFLICT:
        return replace(made, decision=Decision.WRITE_CHECKANDPLACE, value=words[2].value[SideName.CLOPOS])
    return made


def _records_all(ctx: Any) -> Any:
    """A dry run decides what a live one would."""
    made = make_plan(ctx)
    if ctx.dry:
        record_decisions(ctx, made.id)
    return made


def _never_disputed(state: LinkState, sights: Any, *, by_staff: bool = False) -> LinkDecision:
    """A record typed over with another guest stays linked."""
    made = judge_link(state, sights, by_staff=by_staff)
    return LinkDecision(LinkState.ACTIVE, merge=True) if made.state is LinkState.DISPUTED else made


_real_send = writes.send


async def _with_consent(ctx: Any, entry: Any, body: Mapping[str, Any]) -> Any:
    """Every create says that the guest may be written to."""
    return await _real_send(ctx, entry, {**body, "allow_sms": True})


def _nothing(*_words: Any, **_named: Any) -> None:
    """Does nothing."""


def _in_order(wishes: Any, *_words: Any, **_named: Any) -> Order:
    """Every number may be sent."""
    return Order(tuple(wish.key for wish in wishes), {}, ())


def _right(*_words: Any) -> bool:
    return True


NUMBERS: tuple[Change, ...] = ((keys, "settle", _in_order), (apply, "still_right", _right))
"""Numbers are watched twice: when the plan is made, and right before the request."""

BELIEVED: tuple[Change, ...] = ((absence, "_agrees", _right), (absence, "judge_size", _nothing))
"""Absence is watched more than once too: by the size of a listing, and by two that lack the same people."""

MUTANTS = (
    Mutant("recognises nobody", start, "was doubled", ((linking, "_judged", lambda *_words: []), *NUMBERS), LOOSE),
    Mutant("forgets who shared a number", in_review, "was doubled",
           ((linking, "judge_once", lambda *words: words[2]),)),
    Mutant("believes torn scans", torn_listing, "taken for gone", ((run, "scan_full", _always_whole), *BELIEVED)),
    Mutant("believes one scan", arrives, "taken for gone", ((absence, "GONE_AFTER_SCANS", 0), *BELIEVED)),
    Mutant("asks nobody", both_edit, "never heard of it", ((reconcile, "merge_field", _keeps_quiet),)),
    Mutant("makes no task", guest_edits, "never heard of it", ((reconcile, "merge_field", _keeps_quiet),)),
    Mutant("writes over an edit", both_edit, "overwritten unseen", ((reconcile, "merge_field", _clopos_wins),)),
    Mutant("keeps no history", one_edits, "in no history", ((writes, "book_history", _nothing),)),
    Mutant("brings the erased back", erased, "came back", ((creates, "_was_there", lambda *_words: False),)),
    Mutant("takes strangers for one", typed_over, "two people", ((linking, "judge", _never_disputed),)),
    Mutant("raises a consent", arrives, "carries allow_sms", ((apply, "send", _with_consent),)),
    Mutant("never has enough", never_sticks, "after", ((writes, "set_bases", _nothing), (writes, "hold", _nothing)),
           IGNORED),
    Mutant("decides in a dry run", compared_only, "a dry run changed", ((run, "make_plan", _records_all),)),
    Mutant("gives a number twice", same_number, "was held by", NUMBERS, FREED),
)  # fmt: skip
