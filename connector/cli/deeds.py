"""What a run did, in words: the counts of the engine as `connector runs` prints them. JSON keeps their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.domain.values import SideName

WORDS = {
    "linked": "linked",
    "created": "created in {}",
    "updated": "corrected in {}",
    "accepted": "taken by {}, not seen there yet",
    "refused": "refused by {}",
    "in_doubt": "in doubt at {}",
    "not_sent_now": "not sent to {} in this run",
    "duplicates": "found in {} instead of created",
    "already": "done already",
    "drifted": "dropped, changed meanwhile ({})",
    "not_as_sent": "read back different",
    "left": "left for later",
    "not_asked_for": "of the plan not asked for",
    "newer": "newer than the plan, left to the next sync",
    "proposed": "proposed as one person",
    "conflicts": "conflicts",
    "tasks": "tasks",
    "holds": "set aside",
    "held_without_answer": "set aside, since {} never answered",
    "torn": "{} not read to its end",
    "stopped": "stopped in {}",
    "not_reached": "not reached before the stop",
    "closed": "questions ended",
    "doubts_resolved": "doubts resolved",
    "links": "links {}",
    "settled": "details settled",
    "mapping_changed": "brought up to date by the changed mapping of {}",
    "consent_set_by_server": "{} set by Check&Place itself",
}
"""Count, up to its first dot -> words, in the order in which they are told; `{}` is what follows the dot."""

ONE = {
    "conflicts": "conflict", "tasks": "task", "closed": "question ended", "doubts_resolved": "doubt resolved",
    "settled": "detail settled",
}  # fmt: skip
"""The words beside a single one, where they differ."""

UNTOLD = "waiting"
"""What waits for staff at the end of a run is no deed of it: its report tells that."""

SIDES = {side.value: side.label for side in SideName}


def deeds(counts: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """(how many, of what) for each count that is not zero; what has no words here comes last, by its own name."""
    order = list(WORDS)

    def place(name: str) -> tuple[int, str]:
        stem = name.partition(".")[0]
        return (order.index(stem) if stem in WORDS else len(order)), name

    for name in sorted(counts, key=place):
        stem, _, about = name.partition(".")
        if counts[name] and stem != UNTOLD:
            words = WORDS.get(stem, stem.replace("_", " ") + (" ({})" if about else ""))
            words = ONE.get(stem, words) if counts[name] == 1 else words
            yield counts[name], words.format(SIDES.get(about, about))
