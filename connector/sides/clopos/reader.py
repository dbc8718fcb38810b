"""One tolerant reader of Clopos' answers: what list, object and error look like is contradictory (CL-11).

Success is read from the body before the status counts (CL-13). A shape nobody described is an error, never an empty
list. Unknown members are ignored (CL-38, CL-40, CL-48).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from connector.domain.values import Json
from connector.sides import problems, rows
from connector.sides.clopos.errors import Refusal, refusal_of
from connector.sides.headers import http_date
from connector.sides.http import Answer
from connector.sides.port import BadRow, Row
from connector.sides.problems import Place


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as received. `total` None: the server did not say. `sorts`: the sortable fields, None: not said."""

    rows: Sequence[Row]
    bad: Sequence[BadRow]
    total: int | None
    server_time: datetime | None
    sorts: Sequence[str] | None

    @property
    def size(self) -> int:
        """How many rows the page held, usable or not."""
        return len(self.rows) + len(self.bad)


def read_list(place: Place, answer: Answer, where: str) -> Listed | Refusal:
    """A page in any of the known list shapes, or what the server refuses it with."""
    if not answer.ok:
        return refusal_of(answer)
    top = rows.top_level(answer.body)
    if isinstance(top, list):
        return _listed(top, where, None, http_date(answer.headers.get("date")), None)
    if rows.plain(top.get("success")) is False:
        return refusal_of(answer)
    data = rows.array(top.get("data"))
    if data is None:
        raise problems.unknown_shape(place, "GET /customers", f"no array `data` among {_names(top)} (CL-11)")
    total = rows.count(top.get("total"))
    if total is None:
        total = rows.count((rows.members(top.get("pagination")) or {}).get("total"))
    sorts = rows.plain(top.get("sorts"))
    return _listed(
        data, where, total, server_time(top, answer), [str(name) for name in sorts] if isinstance(sorts, list) else None
    )


def _listed(
    raws: list[msgspec.Raw], where: str, total: int | None, at: datetime | None, sorts: Sequence[str] | None
) -> Listed:
    good, bad = rows.split(raws, where)
    return Listed(good, bad, total, at, sorts)


def read_object(place: Place, answer: Answer, route: str) -> Row | Refusal | None:
    """One customer, enveloped or bare (CL-11); None for a success that carries no customer with an id; or the refusal.

    Any 2xx counts as success unless `success` is false (CL-24)."""
    if not answer.ok:
        return refusal_of(answer)
    top = rows.top_level(answer.body)
    if isinstance(top, list):
        raise problems.unknown_shape(place, route, "an array where one customer was asked for (CL-11)")
    success = rows.plain(top.get("success"))
    if success is False:
        return refusal_of(answer)
    raw = top.get("data")
    if raw is None and success is None and "id" in top:
        raw = msgspec.Raw(answer.body.strip())
    if raw is None:
        if success is True:
            return None
        raise problems.unknown_shape(place, route, f"neither `data` nor `id` among {_names(top)} (CL-11)")
    found = rows.row(raw)
    return found if isinstance(found, Row) else None


def server_time(top: Mapping[str, msgspec.Raw], answer: Answer) -> datetime | None:
    """The answer's own clock: `unix`, else the `Date` header; `timestamp` is contradictory and not used (CL-38)."""
    unix: Json = rows.plain(top.get("unix"))
    if isinstance(unix, int) and not isinstance(unix, bool) and 0 < unix < 2**33:
        return datetime.fromtimestamp(unix, UTC)
    return http_date(answer.headers.get("date"))


def _names(top: Mapping[str, msgspec.Raw]) -> str:
    return ", ".join(sorted(name[:20] for name in top)[:8]) or "no members"
