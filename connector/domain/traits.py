"""Traits: what decides whether a record takes part, outside every field and its merge.

Where a side's answer is unclear, the careful reading wins: a record that might be anonymous or blacklisted is.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.cid import derive_cid, fold_cid
from connector.domain.consent import permit_refused
from connector.domain.fieldtypes.group import read_id
from connector.domain.timestamps import Instant, as_text, read_checkandplace_time, read_clopos_time
from connector.domain.values import CLOPOS, Json, PairRules, SideName, Traits

TRAITS = (
    "cid", "code", "active", "anonym", "blacklisted", "permits", "deleted_at", "created_at", "updated_at", "activity",
    "spent",
)  # fmt: skip
"""The traits that a mapping may tie to an attribute."""

HINTS = frozenset({"created_at", "updated_at", "activity", "spent"})
"""Traits that move without anybody having edited the customer (CL-17, CP-49): never part of a digest."""

_MOST = 10**12
"""Beyond it an amount is none."""
_YES = frozenset({"true", "1", "yes"})
_NO = frozenset({"false", "0", "no"})


def read_traits(
    side: SideName, record_id: str, attributes: Mapping[str, str], wire: Mapping[str, Json], rules: PairRules
) -> Traits:
    """The traits of a record from its wire values. `attributes`: trait -> attribute. Nothing is raised."""

    def raw(trait: str) -> Json:
        attribute = attributes.get(trait)
        return None if attribute is None else wire.get(attribute)

    def instant(trait: str) -> str | None:
        if side is CLOPOS:
            read: Instant = read_clopos_time(raw(trait), rules.clopos_naive_timezone)
        else:
            read = read_checkandplace_time(raw(trait), rules.checkandplace_timezone)
        return as_text(read.utc) if read.utc else None

    activity = raw("activity")
    return Traits(
        cid=fold_cid(_identifier(raw("cid"))),
        code=_identifier(raw("code")),
        derived_cid=None if side is CLOPOS else derive_cid(rules.brand, record_id),
        active=_flag(raw("active")),
        anonym=_flag(raw("anonym")) is True,
        blacklisted=_flag(raw("blacklisted")) is True,
        permit_refused=permit_refused(raw("permits")),
        deleted=_is_set(raw("deleted_at")),
        created_at=instant("created_at"),
        updated_at=instant("updated_at"),
        activity=max(0, min(activity, 2**31 - 1)) if type(activity) is int else 0,
        spent=_amount(raw("spent")),
    )


def _amount(raw: Json) -> float:
    """A sum of money as Clopos counts it, in the restaurant's currency; 0 for everything that is none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= _MOST:
        return 0.0
    return round(float(raw), 2)


def _identifier(raw: Json) -> str | None:
    value = read_id({"id": raw}, "id")
    return value.data if value.is_value else None


def _flag(raw: Json) -> bool | None:
    """True or false in any form that a server might write it; None for everything else."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower() if isinstance(raw, str) or raw in (0, 1) else ""
    return True if word in _YES else False if word in _NO else None


def _is_set(raw: Json) -> bool:
    """CL-10: a non-null deletion time means deleted, whether or not it can be read."""
    return raw is not None and raw is not False and raw != ""
