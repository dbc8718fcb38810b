"""Read-only probes of Check&Place: what this server really does (docs/api/checkandplace.md 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from connector.domain.values import Json
from connector.sides.checkandplace.errors import refusal_of, stopping
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.checkandplace.signer import FixedSigner
from connector.sides.http import Answer, Call, Wire
from connector.sides.port import Finding
from connector.sides.retry import CallKind
from connector.sides.shapes import common, decoded, form, rate_headers

FAR = 100_000
"""A page that no store reaches."""


class CheckandplaceProbes:
    """Four reads. Raises what stops a run (AuthError, ConfigError, TransientError)."""

    def __init__(self, wire: Wire, signer: FixedSigner, options: CheckandplaceOptions) -> None:
        self._wire = wire
        self._signer = signer
        self._options = options

    async def run(self) -> Sequence[Finding]:
        sample = await self._ask(1, self._options.per_page)
        rows = self._rows(sample)
        persons = [row for row in rows if row.get("is_anonym") is not True]
        first, second = self._rows(await self._ask(1, 1)), self._rows(await self._ask(2, 1))
        far = await self._ask(FAR, self._options.per_page)
        told = decoded(sample)
        meta = ", ".join(sorted(str(name)[:20] for name in told if name != self._key)) if isinstance(told, dict) else ""
        return [
            Finding("CP-01", f"do the rows stand under {self._key!r}", "yes" if rows else "no rows seen", bool(rows)),
            Finding("CP-02", "what stands beside the rows", meta or "nothing"),
            Finding("CP-03", "is the page size honoured", *_page_size(self._options.per_page, rows, first)),
            Finding("CP-51", "is the page number honoured", *_paging(first, second)),
            Finding("CP-51", "a page past the end", _past_end(far, self._rows(far))),
            Finding("CP-08", "forms of times", common(form(row.get("updated_at")) for row in rows), bool(rows)),
            Finding(
                "CP-11", "forms of phone and country code",
                common(f"{form(r.get('primary_phone_number'))} with {form(r.get('country_code'))}" for r in persons),
                bool(persons),
            ),
            Finding("CP-13", "genders seen, never used by themselves", *_genders(persons)),
            Finding("CP-41", "members of a customer", common((", ".join(sorted(row)) for row in rows), 1), bool(rows)),
            Finding("CP-18", "rate headers", rate_headers(sample.headers)),
        ]  # fmt: skip

    @property
    def _key(self) -> str:
        return self._options.paths.list_key

    async def _ask(self, number: int, per_page: int) -> Answer:
        route = self._options.paths.list
        query = [("page", str(number)), ("per_page", str(per_page))]
        call = Call("GET", route, CallKind.READ, "probe", query=query)
        answer = await self._wire.send(call, lambda answer: answer, signer=self._signer)
        error = None if answer.ok else stopping(self._options.place, refusal_of(answer), "GET", route)
        if error is not None:
            raise error
        return answer

    def _rows(self, answer: Answer) -> list[dict[str, Json]]:
        told = decoded(answer)
        data = told.get(self._key) if isinstance(told, dict) else told if self._key == "[]" else None
        return [row for row in data if isinstance(row, dict)] if answer.ok and isinstance(data, list) else []


def _page_size(asked: int, rows: list[dict[str, Json]], first: list[dict[str, Json]]) -> tuple[str, bool]:
    if len(first) > 1:
        return f"no: {len(first)} rows where one was asked for", True
    if len(rows) >= asked:
        return f"{asked} rows came as asked", True
    return f"{len(rows)} rows where {asked} were asked for: a smaller cap, or the whole list", False


def _paging(first: list[dict[str, Json]], second: list[dict[str, Json]]) -> tuple[str, bool]:
    if not first or not second:
        return "too few customers to tell", False
    return ("yes" if first[0].get("id") != second[0].get("id") else "no: the list cannot be read"), True


def _past_end(answer: Answer, rows: list[dict[str, Json]]) -> str:
    if not answer.ok:
        return f"status {answer.status}"
    return "rows again" if rows else "empty"


def _genders(rows: list[dict[str, Json]]) -> tuple[str, bool]:
    """The pairs of integer and word seen, as lines to paste under `[pairs.NAME.gender]`."""
    pairs = Counter((row.get("gender_as_integer"), row.get("gender")) for row in rows)
    lines = [
        f'{number} = "{word}" ({count})'
        for (number, word), count in pairs.most_common(6)
        if isinstance(number, int) and isinstance(word, str) and number != 0
    ]
    return ", ".join(lines) or "only unknown ones", bool(lines)
