"""`[pairs.NAME.guard]` and `[pairs.NAME.select]`: what a plan may change, and who may be created."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from connector.config.base import Table
from connector.config.kinds import Count, Landmark, Percent
from connector.config.times import Approval
from connector.domain.guard import GuardLimits


class GuardSettings(Table):
    """A plan is refused when a share *and* a number are both exceeded (docs/ARCHITECTURE.md, step 5)."""

    updates_percent: Percent = Field(20, description="Updates of one side, in percent of the links.")
    updates_count: Count = Field(50, description="Updates of one side that are always let through.")
    creates_percent: Percent = Field(10, description="Creates on one side, in percent of its records.")
    creates_count: Count = Field(50, description="Creates on one side that are always let through.")
    shrink_percent: Percent = Field(10, description="How much smaller a side may be than at its last complete scan.")
    shrink_count: Count = Field(20, description="Missing records of a side that are always accepted.")
    missing_percent: Percent = Field(
        90, description="A side that lacks more than this share of its linked ids is taken for another store."
    )
    grow_percent: Percent = Field(50, description="How much larger a side may be than at its last complete scan.")
    grow_count: Count = Field(100, description="New records of a side that are always accepted.")
    changed_count: Count = Field(
        10, description="Writes of the first plan after a change of the mapping or of credentials that are let through."
    )
    landmarks: tuple[Landmark, ...] = Field(
        (), strict=False,
        description="Customers who must always be there, `clopos:ID` or `checkandplace:ID`: a list without them is "
        "refused. The customers that were linked first are looked for in any case.",
        examples=['["clopos:4101"]'],
    )  # fmt: skip
    approval: Approval = Field(timedelta(hours=24), description="How long the approval of a refused plan holds.")

    def limits(self) -> GuardLimits:
        """The thresholds as the guard takes them."""
        return GuardLimits(**self.model_dump(exclude={"approval", "landmarks"}))


class SelectSettings(Table):
    """Which records are created on the other side. Links live on outside the selection."""

    inactive: bool = Field(False, description="Whether inactive customers are created on the other side.")
    blacklisted: bool = Field(False, description="Whether blacklisted guests are created in Clopos.")
    permit_refused: bool = Field(
        False, description="Whether guests who refused a permit are created in Clopos (CP-25)."
    )
