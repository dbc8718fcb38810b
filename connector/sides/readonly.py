"""A side without write verbs, for dry runs: there is no method that could write, and its client refuses to as well."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from connector.domain.values import SideName
from connector.sides.port import (
    Capabilities,
    CustomerType,
    Finding,
    Page,
    Probed,
    ReadSide,
    Row,
    ScanProgress,
    TypeLists,
)


class ReadOnly:
    """Wraps a side made with `WireOptions.read_only` and offers its reads alone. `capabilities` stay those of the side:
    a plan shows what *would* be written."""

    __slots__ = ("_side",)

    def __init__(self, side: ReadSide) -> None:
        self._side = side

    @property
    def name(self) -> SideName:
        return self._side.name

    @property
    def capabilities(self) -> Capabilities:
        return self._side.capabilities

    def scan(self, progress: ScanProgress) -> AsyncIterator[Page]:
        return self._side.scan(progress)

    def changes(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:
        return self._side.changes(since, progress)

    async def get(self, record_id: str) -> Row | None:
        return await self._side.get(record_id)

    async def find_by_phone(self, text: str) -> Sequence[Row]:
        return await self._side.find_by_phone(text)

    async def newest(self, count: int) -> Sequence[Row]:
        return await self._side.newest(count)

    async def list_types(self) -> Sequence[CustomerType]:
        """The side's groups or types, where it can list them; empty where it cannot."""
        lists: object = self._side
        return await lists.list_types() if isinstance(lists, TypeLists) else ()

    async def probe(self) -> Sequence[Finding]:
        """What the side's server really does; nothing where the side cannot tell."""
        probed: object = self._side
        return await probed.probe() if isinstance(probed, Probed) else ()

    async def check(self) -> None:
        await self._side.check()

    async def aclose(self) -> None:
        await self._side.aclose()
