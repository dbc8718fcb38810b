"""What a proposal looks like at first sight, for staff who review: from its strength and two thresholds.

A hint orders and colours the work of staff. It links nobody: between *sure* and *review* the table of linking alone
decides (docs/api/vectors.json, `link`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WEAKEST, STRONGEST = 0, 100


class Hint(StrEnum):
    """What the evidence of a proposal suggests."""

    LIKELY = "likely"
    UNCLEAR = "unclear"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True)
class LinkingRules:
    """The table [linking] of the mapping file: strengths (`match.Evidence.strength`, 0 to 100).

    `likely_same`: from here on a proposal is probably one person; `likely_different`: below it, probably two.
    """

    likely_same: int = 55
    likely_different: int = 40

    def hint(self, strength: int) -> Hint:
        """What to suggest for a proposal of this strength."""
        if strength >= self.likely_same:
            return Hint.LIKELY
        return Hint.UNCLEAR if strength >= self.likely_different else Hint.UNLIKELY


VERBS = {Hint.LIKELY.value: "accept", Hint.UNLIKELY.value: "reject"}


def step_of(proposal_id: int, hint: object, best: bool | None = None) -> str:
    """The likeliest command about an open proposal: decide as the hint says. Where the evidence is unclear, or somebody
    else is likelier (`best` False; None: there is nobody else), both records are to be looked at first."""
    verb = "show" if best is False else VERBS.get(str(hint), "show")
    return f"connector links {verb} p{proposal_id}"
