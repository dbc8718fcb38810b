"""The `app` generation (a) of Check&Place, beside (b): what it alone can do. Index, search and destroy are never called
(CP-24, CP-42); the nickname update is not used (CP-32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connector.domain.errors import RecordError
from connector.domain.values import Json
from connector.sides import problems, rows
from connector.sides.checkandplace.errors import Refusal, refusal_of, refused_write, stopping
from connector.sides.checkandplace.options import CheckandplaceOptions
from connector.sides.checkandplace.reader import read_shown, read_written
from connector.sides.checkandplace.signer import FixedSigner
from connector.sides.http import Answer, Call, Wire
from connector.sides.port import CustomerType, Row, WriteAnswer
from connector.sides.redact import redact
from connector.sides.retry import CallKind

REFUSES_ID = (400, 405, 410, 422)
"""Answers to a reading by id that are about this id (or the reading itself), and no failure of the server."""


class App:
    """Calls of (a) with its four headers. All paths are configurable and off unless configured (CP-43)."""

    def __init__(self, wire: Wire, options: CheckandplaceOptions, headers: Mapping[str, str]) -> None:
        self._wire = wire
        self._options = options
        self._signer = FixedSigner(headers)

    async def show(self, record_id: str) -> Row | None:
        """One customer by id; None where the server says 404. Raises RefusedByServer where it refuses the id in other
        words, which may mean the same (CP-17)."""
        place, route = self._options.place, self._options.paths.app_show

        def read(answer: Answer) -> Row | None:
            found = read_shown(place, answer, route)
            if isinstance(found, Row) or found.status == 404:
                return found if isinstance(found, Row) else None
            if found.status in REFUSES_ID:
                raise problems.unread(place, found.status, route, redact(found.text))
            raise self._failed(found, route)

        call = Call("GET", route, CallKind.READ, "read", path={"id": record_id})
        return await self._wire.send(call, read, signer=self._signer)

    async def create(self, body: Mapping[str, Json]) -> WriteAnswer:
        """Create a customer through (a)."""
        return await self._write("POST", self._options.paths.app_create, self._wrapped(body))

    async def update(self, record_id: str, body: Mapping[str, Json]) -> WriteAnswer:
        """Change a customer through (a)."""
        route = self._options.paths.app_update
        return await self._write("PATCH", route, self._wrapped(body), record_id)

    async def create_anonymous(self, nickname: str, note: str | None) -> WriteAnswer:
        """A guest without identity. Never sent without a nickname (CP-50): raises RecordError."""
        if not nickname.strip():
            raise RecordError(
                "no-nickname",
                "A guest without a name cannot be kept as anonymous customer.",
                engineer="an anonymous create needs a nickname (CP-50)",
            )
        body: dict[str, Json] = {"nickname": nickname.strip(), **({"note": note} if note else {})}
        return await self._write("POST", self._options.paths.app_anonymous, body)

    async def types(self) -> Sequence[CustomerType]:
        """The store's customer types: the array under any key, or bare; id and name alone (CP-43)."""
        place, route = self._options.place, self._options.paths.app_types

        def read(answer: Answer) -> Sequence[CustomerType]:
            if not answer.ok:
                raise self._failed(refusal_of(answer), route)
            top = rows.top_level(answer.body)
            arrays = (
                [top] if isinstance(top, list) else [a for raw in top.values() if (a := rows.array(raw)) is not None]
            )
            if len(arrays) != 1:
                raise problems.unknown_shape(place, f"GET {route}", "not one array of types", "paths.app_types")
            found = [(row, rows.members(msgspec.Raw(row.raw)) or {}) for row in rows.split(arrays[0], "types")[0]]
            names = [rows.plain(members.get("name")) for _, members in found]
            return [
                CustomerType(row.id, name if isinstance(name, str) else None)
                for (row, _), name in zip(found, names, strict=True)
            ]

        return await self._wire.send(Call("GET", route, CallKind.READ, "types"), read, signer=self._signer)

    def _wrapped(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        return {"customer": dict(body)} if self._options.wrap_app_body else body

    async def _write(
        self, method: str, route: str, body: Mapping[str, Json], record_id: str | None = None
    ) -> WriteAnswer:
        place = self._options.place

        def read(answer: Answer) -> WriteAnswer:
            if answer.ok:
                return WriteAnswer(answer.status, read_written(answer), answer.request_id)
            refusal = refusal_of(answer)
            raise stopping(place, refusal, method, route, app=True) or refused_write(
                place, refusal, method, route, body
            )

        path = {"id": record_id} if record_id is not None else {}
        purpose = "create" if method == "POST" else "update"
        call = Call(method, route, CallKind.WRITE, purpose, path=path, body=body)
        return await self._wire.send(call, read, signer=self._signer)

    def _failed(self, refusal: Refusal, route: str) -> Exception:
        place = self._options.place
        return stopping(place, refusal, "GET", route, app=True) or problems.failed(
            place, refusal.status, "GET", route, redact(refusal.text)
        )
