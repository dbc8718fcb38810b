"""Pages of Clopos' customer list: asks for one, with the sort, the filter and the page size the server takes."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.errors import ConfigError
from connector.sides import problems
from connector.sides.clopos.auth import CloposSigner
from connector.sides.clopos.errors import Refusal, stopping
from connector.sides.clopos.options import CloposOptions, Generation
from connector.sides.clopos.reader import Listed, read_list
from connector.sides.http import Answer, Call, Wire
from connector.sides.port import Memory
from connector.sides.redact import redact
from connector.sides.retry import CallKind

STEPS = (200, 100)
"""Page sizes to fall back on when the documented maximum is refused (CL-04)."""
SMALLEST = 100
"""A slow page is halved, but not below this (CL-04)."""
ROUTE = "/customers"

Sort = tuple[str, int]
BY_ID: Sort = ("id", 1)
BY_UPDATE: Sort = ("updated_at", -1)
BY_CREATION: Sort = ("created_at", -1)


class PageSize:
    """The page size a server takes, learned and kept with the pair (CL-04). A size learned from slowness alone grows
    again after a scan that was not slow."""

    def __init__(self, generation: Generation, options: CloposOptions, memory: Memory) -> None:
        self.most = options.page_size or generation.largest_page
        self._name = f"{generation.name}.page_size"
        self._memory = memory
        kept = memory.recall(self._name)
        size = kept.get("size") if isinstance(kept, dict) else None
        self.why: str | None = kept.get("why") if isinstance(kept, dict) else None
        usable = isinstance(size, int) and not isinstance(size, bool) and 1 <= size < self.most
        self.size: int = size if usable and isinstance(size, int) else self.most
        self._slow = False

    def learn(self, size: int, why: str) -> None:
        """From now on `size`; `why` is `refused`, `clamped` or `slow`."""
        self._slow = self._slow or why == "slow"
        self.size, self.why = size, why
        self._memory.remember(self._name, {"size": size, "why": why})

    def finished(self) -> None:
        """A scan came to its end: a size that only slowness forced may double for the next."""
        if self.why == "slow" and not self._slow:
            self.learn(min(self.most, self.size * 2), "slow")
        self._slow = False


class Pages:
    """The list of one venue (None: the token's own)."""

    def __init__(self, wire: Wire, signer: CloposSigner, options: CloposOptions, venue: str | None) -> None:
        self._wire = wire
        self._signer = signer
        self._options = options
        self.venue = venue

    async def ask(
        self, number: int, limit: int, *, purpose: str, sort: Sort | None = None,
        phones: str | None = None, shrinkable: bool = False,
    ) -> Listed | Refusal:  # fmt: skip
        """One page, or a refusal that is the caller's to judge (400, 404, 422). Raises what stops a run, TransientError
        where there was no answer, SlowPage if `shrinkable`."""
        query: list[tuple[str, str]] = [("page", str(number)), ("limit", str(limit))]
        if sort is not None:
            query += [("sort[0]", sort[0]), ("sort[1]", str(sort[1]))]
        if phones is not None:  # one filter a request (CL-35); the singular `phone` is no filter
            query += [("filters[0][0]", "phones"), ("filters[0][1]", phones)]
        call = Call("GET", ROUTE, CallKind.READ, purpose, query=query, shrinkable=shrinkable)
        return await self._wire.send(call, lambda answer: self._read(answer, number), signer=self._signer)

    def _read(self, answer: Answer, number: int) -> Listed | Refusal:
        place = self._options.place
        found = read_list(place, answer, f"page {number}")
        if isinstance(found, Listed):
            return found
        if self.venue is not None and number == 1 and self._venue_is_wrong(found):
            raise bad_venue(self._options, self.venue, found)
        error = stopping(place, found, "GET", ROUTE)
        if error is not None:
            raise error
        return found

    def _venue_is_wrong(self, refusal: Refusal) -> bool:
        """A 404 of a list can only mean the venue; a 400 or 403 if it says so (CL-29)."""
        return refusal.status == 404 or (refusal.status in (400, 403, 422) and "venue" in refusal.words.lower())

    def refused(self, refusal: Refusal, number: int) -> Exception:
        """The error for a page refused with something that is not about paging."""
        place = self._options.place
        if refusal.status in (404, 405) and number == 1:
            return problems.wrong_address(place, refusal.status, "GET", ROUTE)
        return problems.failed(place, refusal.status, "GET", ROUTE, redact(refusal.words))


def bad_venue(options: CloposOptions, venue: str, refusal: Refusal) -> ConfigError:
    """A configured venue that Clopos does not take (CL-29)."""
    place = options.place
    return ConfigError(
        "venue-unknown",
        f"Clopos does not know the venue {venue!r} of the settings.",
        engineer=f"status {refusal.status} with x-venue {venue}: {redact(refusal.words) or 'no text'}",
        next_step=f"correct {place.key('venue_id')} or {place.key('read_venues')}, then {place.doctor}",
    )


def next_step_down(limit: int) -> int | None:
    """The next smaller page size to try after a refusal, None below the last."""
    return next((step for step in STEPS if step < limit), None)


def ids(listed: Listed) -> Sequence[str]:
    """The ids of a page, in its order."""
    return [row.id for row in listed.rows]
