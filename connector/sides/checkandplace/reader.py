"""Reading Check&Place's answers: pages of the listing, single customers, answers to writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connector.sides import problems, rows
from connector.sides.body import Unreadable
from connector.sides.checkandplace.errors import Refusal, refusal_of
from connector.sides.headers import http_date
from connector.sides.http import Answer
from connector.sides.port import BadRow, Row
from connector.sides.problems import Place


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as received. `total` comes from `meta` where there is one (CP-02)."""

    rows: Sequence[Row]
    bad: Sequence[BadRow]
    total: int | None
    server_time: datetime | None

    @property
    def size(self) -> int:
        """How many rows the page held, usable or not."""
        return len(self.rows) + len(self.bad)


EMPTY = Listed((), (), None, None)


def read_list(place: Place, answer: Answer, route: str, key: str, where: str) -> Listed | Refusal:
    """A page. Raises ConfigError where the array does not stand under the configured key: never an empty list (CP-01).
    With the key `[]` the page is the array itself."""
    if not answer.ok:
        return refusal_of(answer)
    top = rows.top_level(answer.body)
    if isinstance(top, list):
        if key != "[]":
            raise problems.unknown_shape(
                place, f"GET {route}", f"an array instead of an object with {key!r} (CP-01)", "paths.list_key"
            )
        return _listed(top, None, answer, where)
    array = rows.array(top.get(key))
    if array is None:
        names = ", ".join(sorted(name[:20] for name in top)[:8]) or "no members"
        raise problems.unknown_shape(place, f"GET {route}", f"no array {key!r} among {names} (CP-01)", "paths.list_key")
    meta = rows.members(top.get("meta")) or {}
    return _listed(array, rows.count(meta.get("total_count")), answer, where)


def _listed(array: list[msgspec.Raw], total: int | None, answer: Answer, where: str) -> Listed:
    good, bad = rows.split(array, where)
    return Listed(good, bad, total, http_date(answer.headers.get("date")))


def read_written(answer: Answer) -> Row | None:
    """The record in the answer to a write: `{"customer": {…}}` or the bare object; None for an empty body, another
    shape or a record without id (CP-21): the write was accepted all the same."""
    try:
        top = rows.top_level(answer.body) if answer.body.strip() else {}
    except Unreadable:
        return None
    return _record(top, answer) if isinstance(top, Mapping) else None


def read_shown(place: Place, answer: Answer, route: str) -> Row | Refusal:
    """One customer of (a) show, wrapped or bare (CP-43). Raises ConfigError for a 2xx without a record."""
    if not answer.ok:
        return refusal_of(answer)
    top = rows.top_level(answer.body)
    found = _record(top, answer) if isinstance(top, Mapping) else None
    if found is None:
        raise problems.unknown_shape(place, f"GET {route}", "no customer with an id (CP-43)", "paths.app_show")
    return found


def _record(top: Mapping[str, msgspec.Raw], answer: Answer) -> Row | None:
    raw = top.get("customer")
    if raw is None and "id" in top:
        raw = msgspec.Raw(answer.body.strip())
    found = rows.row(raw) if raw is not None else None
    return found if isinstance(found, Row) else None
