"""Read-only probes of Clopos: what this server really does, entry by entry of the register (docs/api/clopos.md 7)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from connector.domain.values import Json
from connector.sides.clopos.auth import Login
from connector.sides.clopos.errors import read_refusal, refusal_of, stopping
from connector.sides.clopos.options import CloposOptions
from connector.sides.clopos.pages import ROUTE
from connector.sides.http import Answer, Call, Wire
from connector.sides.port import Finding
from connector.sides.retry import CallKind
from connector.sides.rows import LARGEST_COUNT
from connector.sides.shapes import common, decoded, form, rate_headers

SAMPLE = 50


class CloposProbes:
    """At most eight reads. Raises what stops a run (AuthError, ConfigError, TransientError)."""

    def __init__(self, wire: Wire, login: Login, options: CloposOptions, largest_page: int) -> None:
        self._wire = wire
        self._login = login
        self._options = options
        self._largest = largest_page

    async def run(self) -> Sequence[Finding]:
        sample = await self._list(limit=SAMPLE, sort=("id", 1))
        found = sample if _rows(sample) else await self._list(limit=SAMPLE)
        rows = _rows(found)
        findings = [
            self._shape(found),
            Finding("CL-18", "does `phones` repeat the primary number", *_phones(rows)),
            Finding("CL-39", "type of a customer's id", common(form(row.get("id")) for row in rows), bool(rows)),
            Finding("CL-45", "forms of `updated_at`", common(form(row.get("updated_at")) for row in rows), bool(rows)),
            Finding("CL-21", "rate headers", rate_headers(found.headers)),
        ]
        findings += [await self._sort(), await self._page_size(), await self._past_end(_total(found))]
        findings += [await self._filter(rows), await self._missing()]
        return findings

    async def _ask(self, route: str, query: list[tuple[str, str]], **path: str) -> Answer:
        call = Call("GET", route, CallKind.READ, "probe", path=path, query=query)
        answer = await self._wire.send(call, lambda answer: answer, signer=self._login.signer())
        refusal = refusal_of(answer)
        told = decoded(answer)
        if not answer.ok or (isinstance(told, dict) and told.get("success") is False):
            error = stopping(self._options.place, refusal, "GET", route)
            if error is not None:
                raise error
        return answer

    async def _list(self, *, limit: int, page: int = 1, sort: tuple[str, int] | None = None) -> Answer:
        query = [("page", str(page)), ("limit", str(limit))]
        query += [("sort[0]", sort[0]), ("sort[1]", str(sort[1]))] if sort else []
        return await self._ask(ROUTE, query)

    def _shape(self, answer: Answer) -> Finding:
        told = decoded(answer)
        shape = "an array" if isinstance(told, list) else "none that is known"
        if isinstance(told, dict) and isinstance(told.get("data"), list):
            shape = "an envelope with " + ", ".join(sorted(str(name)[:20] for name in told if name != "data"))
        return Finding("CL-11", "shape of a list", shape)

    async def _sort(self) -> Finding:
        question = "is the list sorted by `updated_at` on request (quick runs need it)"
        answer = await self._list(limit=SAMPLE, sort=("updated_at", -1))
        if not answer.ok:
            return Finding("CL-03", question, f"refused with {answer.status}: every run reads in full")
        times = [row["updated_at"] for row in _rows(answer) if isinstance(row.get("updated_at"), str)]
        if len(set(times)) < 2:
            return Finding("CL-03", question, "too few customers to tell", settled=False)
        kept = all(a >= b for a, b in pairwise(times))
        return Finding("CL-03", question, "yes" if kept else "no: every run reads in full")

    async def _page_size(self) -> Finding:
        question, asked = "largest page", self._options.page_size or self._largest
        answer = await self._list(limit=asked)
        rows, total = len(_rows(answer)), _total(answer)
        if not answer.ok:
            return Finding("CL-04", question, f"{asked} is refused with {answer.status}")
        if total is not None and rows < min(asked, total):
            return Finding("CL-04", question, f"{rows}, although {asked} were asked for")
        whole = rows < asked
        return Finding("CL-04", question, f"at least {rows}" if whole else f"{asked} is taken", settled=not whole)

    async def _past_end(self, total: int | None) -> Finding:
        question = "a page past the end"
        if total is None:
            return Finding("CL-49", question, "the number of customers is not told", settled=False)
        answer = await self._list(limit=SAMPLE, page=total // SAMPLE + 3)
        if not answer.ok:
            return Finding("CL-49", question, f"status {answer.status}")
        return Finding("CL-49", question, "rows again" if _rows(answer) else "empty")

    async def _filter(self, rows: Sequence[dict[str, Json]]) -> Finding:
        question = "does the filter `phones` find a number by its last nine digits"
        numbers = ["".join(filter(str.isdigit, str(row.get("phone") or ""))) for row in rows]
        number = next((digits for digits in reversed(numbers) if len(digits) >= 11), None)
        if number is None:
            return Finding("CL-08", question, "no customer with a full number among the first", settled=False)
        query = [("page", "1"), ("limit", "5"), ("filters[0][0]", "phones"), ("filters[0][1]", number[-9:])]
        answer = await self._ask(ROUTE, query)
        if not answer.ok:
            return Finding("CL-08", question, f"refused with {answer.status}")
        found = _rows(answer)
        fit = [row for row in found if number[-9:] in "".join(filter(str.isdigit, str(row.get("phone") or "")))]
        if len(fit) < len(found):
            return Finding("CL-07", question, "the filter is ignored")
        return Finding("CL-08", question, "yes" if fit else "no: look-ups find exact spellings only")

    async def _missing(self) -> Finding:
        answer = await self._ask("/customers/{id}", [], id="0")
        refusal = read_refusal(answer.status, answer.body)
        return Finding("CL-12", "an unknown id", f"status {refusal.status}, slug {refusal.slug or 'none'}")


def _rows(answer: Answer) -> list[dict[str, Json]]:
    told = decoded(answer)
    data = told.get("data") if isinstance(told, dict) else told
    return [row for row in data if isinstance(row, dict)] if answer.ok and isinstance(data, list) else []


def _total(answer: Answer) -> int | None:
    told = decoded(answer)
    if not isinstance(told, dict):
        return None
    paging = told.get("pagination")
    total = told.get("total", paging.get("total") if isinstance(paging, dict) else None)
    usable = isinstance(total, int) and not isinstance(total, bool) and 0 <= total <= LARGEST_COUNT
    return total if usable and isinstance(total, int) else None


def _phones(rows: Sequence[dict[str, Json]]) -> tuple[str, bool]:
    """Whether the set of further numbers holds the primary, and whether that could be told."""
    both = [row for row in rows if row.get("phone") and isinstance(row.get("phones"), list) and row["phones"]]
    if not both:
        return "no customer with further numbers among the first", False
    repeats = sum(1 for row in both if row["phone"] in row["phones"])
    return f"in {repeats} of {len(both)} customers", True
