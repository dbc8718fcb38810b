"""A town of guests without a server: both listings as the two APIs spell them, made page by page, of any size.

Person `n` is on both sides, but for a few on each side alone. Of the rows only the page at hand is in memory: what a
measurement sees is the engine's own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.domain.values import CLOPOS, Json, SideName
from connector.sides.port import Capabilities, Page, Row, ScanProgress, WriteAnswer

PAGE = {SideName.CLOPOS: 200, SideName.CHECKANDPLACE: 50}
"""Rows of a page: what Clopos typically allows (CL-04), what Check&Place is asked for (CP-03)."""
ALONE = 30
"""Persons of each side that the other does not know: so many creates has a backfill, whatever the town's size."""
GIVEN = ("Aysel", "Rəşad", "Nərmin", "Elçin", "Günel", "Tural", "Şəbnəm", "Orxan", "Leyla", "Kamran", "Zöhrə", "Murad",
         "Mehmet", "Elif", "Hüseyin", "Çağla", "Gülşən", "İlqar", "Fidan", "Ömər")  # fmt: skip
FAMILY = ("Məmmədov", "Əliyeva", "Həsənli", "Quliyev", "Hüseynova", "Vəliyeva", "Çelik", "Yılmaz", "Şahin", "Abbasov",
          "Rəhimli", "İsmayılova", "Kazımov", "Öztürk", "Bağırov", "Nəbiyeva", "Cəfərov", "Sultanova")  # fmt: skip


def clopos_row(n: int, changes: Mapping[str, Json]) -> bytes:
    """Person `n` as Clopos v2 lists a customer."""
    given, family = GIVEN[n % len(GIVEN)], FAMILY[n // 7 % len(FAMILY)]
    row = {
        "id": n + 1, "venue_id": 1, "cid": f"00000000-0000-4000-8000-{n:012d}", "group_id": 1,
        "name": f"{given} {family}" if n % 5 else f" {given.upper()}  {family}",
        "email": f"guest{n}@example.com" if n % 4 == 0 else None,
        "phone": f"+99450{n:07d}" if n % 3 else f"050{n:07d}", "phones": [], "address": None, "address_data": [],
        "description": None, "discount": 0, "spent": n % 977, "total_discount": 0, "total_bonus": 0,
        "receipt_count": n % 31, "gender": None, "date_of_birth": None, "code": None, "source": None,
        "reference_id": None, "status": True, "can_use_loyalty_system": False, "is_verified": False,
        "created_at": "2025-03-14T13:50:19.000000Z", "updated_at": "2026-06-28T20:51:46.000000Z", **changes,
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False).encode()


def guest_row(n: int, changes: Mapping[str, Json]) -> bytes:
    """Person `n` as Check&Place lists a guest."""
    given, family = GIVEN[n % len(GIVEN)], FAMILY[n // 7 % len(FAMILY)]
    way = {"permit": None, "value": None, "source": None, "change_date": None, "verified": None}
    row = {
        "id": _guest_id(n), "first_name": given, "last_name": family, "nickname": None,
        "name": f"{given} {family}", "country_code": "994", "primary_phone_number": f"99450{n:07d}",
        "email": f"guest{n}@example.com" if n % 8 == 0 else None, "country": None, "small_image_url": None,
        "medium_image_url": None, "large_image_url": None, "type_id": "6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11",
        "type_name": "Standard", "is_default_type": True, "is_anonym": False, "blacklist": False, "gender": "unknown",
        "gender_as_integer": 0, "guest_language": "az", "allow_sms": False, "allow_email": True, "is_active": True,
        "note": None, "created_at": "25.10.2026 18:46", "updated_at": "10.11.2026 20:08",
        "permits": dict.fromkeys(("sms", "email", "call", "whatsapp"), way), "tags": [], "reviews_average_score": 0,
        **changes,
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False).encode()


@dataclass
class Town:
    """`size` records a side, and those that were created meanwhile (`created`: side -> id -> row as text).

    `edited_every`: each so-many-th person's name was edited on Clopos, and the next one's on Check&Place (0: nobody's).
    `crowd`: the last so many records of each side hold one number (typed in for everybody who gave none).
    """

    size: int
    edited_every: int = 0
    crowd: int = 0
    created: dict[str, dict[str, str]] = field(default_factory=lambda: {side.value: {} for side in SideName})

    def people(self, side: SideName) -> range:
        """The persons of a side, in the order of its listing."""
        return range(self.size) if side is CLOPOS else range(ALONE, self.size + ALONE)

    def row(self, side: SideName, n: int) -> Row:
        """Person `n` as a side shows it."""
        edited = n % self.edited_every == (0 if side is CLOPOS else 1) if self.edited_every else False
        crowded = self.size - self.crowd <= n < self.size
        changes: dict[str, Json] = {}
        if side is CLOPOS:
            changes |= {"name": f"Yeni {FAMILY[n % len(FAMILY)]}"} if edited else {}
            changes |= {"phone": "+994559990000", "email": None} if crowded else {}
            return Row(str(n + 1), clopos_row(n, changes))
        changes |= {"first_name": "Yeni"} if edited else {}
        changes |= {"primary_phone_number": "994559990000", "email": None} if crowded else {}
        return Row(_guest_id(n), guest_row(n, changes))


@dataclass
class TownSide:
    """A `Side` (connector.sides.port) over a town. It answers writes as the servers do; updates it forgets."""

    name: SideName
    town: Town

    @property
    def capabilities(self) -> Capabilities:
        clopos = self.name is CLOPOS
        return Capabilities(create=True, update=not clopos, read_by_id=clopos, find_by_phone=clopos,
                            list_changes=clopos, client_key=clopos)  # fmt: skip

    async def scan(self, progress: ScanProgress) -> AsyncIterator[Page]:
        people, size = self.town.people(self.name), PAGE[self.name]
        created = self.town.created[self.name.value]
        total = len(people) + len(created)
        for number, start in enumerate(range(0, len(people), size), 1):
            rows = [self.town.row(self.name, n) for n in people[start : start + size]]
            yield Page(number, rows, total=total, server_time=datetime.now(UTC))
        if created:
            yield Page(0, [Row(key, text.encode()) for key, text in created.items()], total=total)

    async def changes(self, since: datetime | None, progress: ScanProgress) -> AsyncIterator[Page]:
        raise NotImplementedError("full readings alone are measured")
        yield

    async def get(self, record_id: str) -> Row | None:
        text = self.town.created[self.name.value].get(record_id)
        return None if text is None else Row(record_id, text.encode())

    async def find_by_phone(self, text: str) -> Sequence[Row]:
        return ()

    async def newest(self, count: int) -> Sequence[Row]:
        return ()

    async def check(self) -> None:
        return None

    async def aclose(self) -> None:
        return None

    async def create(self, body: Mapping[str, Json]) -> WriteAnswer:
        created = self.town.created[self.name.value]
        number = 900_000_000 + len(created)
        key: str | int = number if self.name is CLOPOS else _guest_id(number)
        plain = clopos_row if self.name is CLOPOS else guest_row
        raw = plain(number, {"email": None, **body, "id": key})
        created[str(key)] = raw.decode()
        return WriteAnswer(201, Row(str(key), raw))

    async def update(self, record_id: str, body: Mapping[str, Json]) -> WriteAnswer:
        row = json.loads(self.town.row(self.name, int(record_id[-12:])).raw) | dict(body)
        return WriteAnswer(200, Row(record_id, json.dumps(row, ensure_ascii=False).encode()))


def _guest_id(n: int) -> str:
    return f"00000000-0000-4000-9000-{n:012d}"
