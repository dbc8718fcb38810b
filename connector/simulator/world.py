"""Both simulators over one seeded population, with the truth, the log, planned faults and what staff do.

Everything here may be called while a server thread answers requests: each method holds the world's lock.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from starlette.routing import BaseRoute, Router

from connector.simulator.checkandplace.app import routes as checkandplace_routes
from connector.simulator.checkandplace.gate import CREDENTIALS
from connector.simulator.checkandplace.store import CheckandplaceStore
from connector.simulator.clopos.app import CloposApi
from connector.simulator.clopos.app import routes as clopos_routes
from connector.simulator.clopos.store import CloposStore
from connector.simulator.control import control_routes
from connector.simulator.kit import Fault, Faults, RequestLog, SimClock
from connector.simulator.labels import Labeller
from connector.simulator.names import make_name
from connector.simulator.numbers import TYPED_IN_OPERATOR
from connector.simulator.people import CHECKANDPLACE, CLOPOS, Mix, Population, Record
from connector.simulator.population import make_world
from connector.simulator.switchboard import Switchboard
from connector.simulator.wire import Application, Doorstep

RecordKey = tuple[str, str]
"""Side and id as text."""
Pairs = set[tuple[str, str]]
"""(Clopos id, Check&Place id)."""

VIP_TYPE = "VIP"
OTHER_STORE_TOKEN = "demo-other-access-token"  # noqa: S105 - made up, printed by the simulators
"""Opens the organisation's second store (CP-31)."""


class World:
    """`clopos` + `checkandplace` records with `shared` people on both sides, served by `asgi`.

    `settings` are switches (see Switchboard.set); `limits=False` switches the documented quotas of Clopos off; `mix`,
    `region` and `venues` shape the population (`make_world`). Where `customer_scope` is `venue`, all of `venues` must
    be read. `store` attributes: `clopos`, `checkandplace`; `truth` is what the population knows of each seeded record.
    """

    def __init__(
        self,
        seed: int = 0,
        clopos: int = 150,
        checkandplace: int = 150,
        shared: int = 90,
        settings: Mapping[str, str] | None = None,
        clock: SimClock | None = None,
        *,
        limits: bool = True,
        mix: Mix | None = None,
        region: str = "AZ",
        venues: tuple[int, ...] = (1, 2),
    ) -> None:
        self.seed, self.lock = seed, threading.RLock()
        self.clock: SimClock = clock or SimClock()
        self.switchboard: Switchboard = Switchboard(settings)
        if not limits:
            self.switchboard.set("clopos.rate_limit", "off")
        self.log, self.faults = RequestLog(), Faults()
        sides = self.switchboard.sides
        self.clopos = CloposStore(sides[CLOPOS], self.clock, seed, venues=venues)
        self.checkandplace = CheckandplaceStore(sides[CHECKANDPLACE], self.clock, seed)
        self.labeller = Labeller(self.clopos, self.checkandplace)
        self.clopos_api = CloposApi(self.clopos, seed=seed, after_page=self._insert_during_scan)
        self.truth: dict[RecordKey, Record] = {}
        self._random = random.Random(f"world {seed}")
        self._typed_in = self._inserted = 0
        vip = next((kind.id for kind in self.checkandplace.types.values() if kind.name == VIP_TYPE), None)
        self.population = make_world(
            seed, clopos, checkandplace, shared, mix=mix, region=region, venues=venues, vip_type=vip
        )
        self._fill(self.population)
        self.asgi: Application = Doorstep(Router(self._routes()))

    def _routes(self) -> list[BaseRoute]:
        sides = self.switchboard.sides
        return [
            *clopos_routes(self.clopos_api, self.log, self.faults, self.clock, self.lock),
            *checkandplace_routes(
                self.checkandplace,
                sides[CHECKANDPLACE],
                self.log,
                self.faults,
                self.clock,
                {**CREDENTIALS, "other_access_token": OTHER_STORE_TOKEN},
                self.lock,
            ),
            *control_routes(self),
        ]

    def _fill(self, population: Population) -> None:
        now = self.clock.now()
        for record in population.records:
            made, changed = now - record.age, now - record.edited
            if record.side == CLOPOS:
                key = str(self.clopos.add(record.values, record.person, at=made, updated_at=changed))
            else:
                times = {"created_at": made, "updated_at": changed}
                key = self.checkandplace.add({**record.values, **times}, record.person)
            self.truth[record.side, key] = record

    # Settings

    @property
    def credentials(self) -> dict[str, dict[str, Any]]:
        """The demo credentials of both sides, under the names of the connector's configuration. `read_venues` is what
        must be read to see everybody: all venues only where customers are per venue (CL-09)."""
        known = self.clopos_api.credentials
        per_venue = self.clopos.switches["customer_scope"] == "venue"
        clopos = {
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "brand": known.brand,
            "integrator_id": known.integrator_id,
            "venue_id": known.venue_id,
            "read_venues": list(self.clopos.venues) if per_venue else [known.venue_id],
        }
        return {CLOPOS: clopos, CHECKANDPLACE: dict(CREDENTIALS)}

    def set(self, name: str, word: str) -> None:
        """Set a switch of either side while the world runs."""
        with self.lock:
            self.switchboard.set(name, word)

    def plan_fault(self, fault: Fault) -> None:
        """Plan a fault; planned ones are taken in order."""
        with self.lock:
            self.faults.planned.append(fault)

    # The truth

    def labels(self) -> dict[RecordKey, str | None]:
        """The person of every record there ever was; None where the world cannot tell (`why_unlabelled`)."""
        with self.lock:
            known: dict[RecordKey, str | None] = {(CLOPOS, str(key)): who for key, who in self.clopos.labels.items()}
            return known | {(CHECKANDPLACE, key): who for key, who in self.checkandplace.labels.items()}

    def why_unlabelled(self) -> dict[RecordKey, str]:
        """The reason for each label that is None though a connector made the record."""
        return dict(self.labeller.reasons)

    def must_link(self) -> Pairs:
        """(Clopos id, Check&Place id) of the seeded records that a tool must link by itself: one person, compatible
        names, and a shared valid number that is held once on each side."""
        with self.lock:
            holders: dict[str, dict[str, list[str]]] = defaultdict(lambda: {CLOPOS: [], CHECKANDPLACE: []})
            for (side, key), record in self.truth.items():
                for number in record.numbers:
                    holders[number][side].append(key)
            pairs: Pairs = set()
            for held in holders.values():
                if len(held[CLOPOS]) == len(held[CHECKANDPLACE]) == 1:
                    left, right = held[CLOPOS][0], held[CHECKANDPLACE][0]
                    a, b = self.truth[CLOPOS, left], self.truth[CHECKANDPLACE, right]
                    if a.person == b.person and a.fits and b.fits:
                        pairs.add((left, right))
            return pairs

    def doubles_made(self) -> list[tuple[str, str, list[str]]]:
        """(side, person, ids) of every person that has a record made over the wire beside another one on that side."""
        with self.lock:
            found: dict[RecordKey, list[str]] = defaultdict(list)
            made: set[RecordKey] = set()
            for customer_id, customer in self.clopos.customers.items():
                if who := self.clopos.labels[customer_id]:
                    found[CLOPOS, who].append(str(customer_id))
                    if customer.origin == "api":
                        made.add((CLOPOS, who))
            for guest in self.checkandplace.customers.values():
                if who := self.checkandplace.labels[guest.id]:
                    found[CHECKANDPLACE, who].append(guest.id)
                    if guest.origin == "api":
                        made.add((CHECKANDPLACE, who))
            return [(*key, ids) for key, ids in sorted(found.items()) if len(ids) > 1 and key in made]

    # What staff and guests do

    def staff_create(self, side: str, fields: Mapping[str, Any], person: str | None = None) -> str:
        """A record typed in by staff; `person` None = somebody new. Returns the id."""
        with self.lock:
            if person is None:
                self._typed_in += 1
                person = f"s{self._typed_in:06d}"
            if _is_clopos(side):
                return str(self.clopos.staff_create(fields, person))
            return self.checkandplace.staff_create(person, **fields)

    def staff_edit(self, side: str, record_id: str | int, fields: Mapping[str, Any]) -> None:
        """Change attributes by hand. KeyError for an unknown id, ValueError for an unknown attribute."""
        with self.lock:
            if _is_clopos(side):
                self.clopos.staff_edit(record_id, fields)
            else:
                self.checkandplace.staff_edit(str(record_id), **fields)

    def staff_delete(self, side: str, record_id: str | int) -> None:
        """Delete in the back office."""
        with self.lock:
            if _is_clopos(side):
                self.clopos.staff_delete(record_id)
            else:
                self.checkandplace.staff_delete(str(record_id))

    def staff_restore(self, record_id: str | int) -> None:
        """Undo a deletion on Clopos."""
        with self.lock:
            self.clopos.staff_restore(record_id)

    def staff_merge(
        self, side: str, winner: str | int, loser: str | int, fields: Mapping[str, Any] | None = None
    ) -> None:
        """Merge two records (CP-48; on Clopos the loser is deleted); `fields` then go to the winner."""
        with self.lock:
            if _is_clopos(side):
                self.clopos.staff_merge(winner, loser, fields)
            else:
                self.checkandplace.staff_merge(str(winner), str(loser))
                if fields:
                    self.checkandplace.staff_edit(str(winner), **fields)

    def sale(self, record_id: str | int, amount: float = 25.0) -> None:
        """A receipt on Clopos (CL-17)."""
        with self.lock:
            self.clopos.sale(record_id, amount)

    def visit(self, record_id: str) -> None:
        """A guest was here (CP-49)."""
        with self.lock:
            self.checkandplace.visit(record_id)

    def consent(self, record_id: str, channel: str, permit: bool | None) -> None:
        """A guest gives, refuses or takes back a permit (CP-25, CP-49)."""
        with self.lock:
            self.checkandplace.consent(record_id, channel, permit)

    def identify(self, record_id: str, first: str, last: str | None = None, phone: str | None = None) -> None:
        """Staff give an anonymous customer an identity (CP-47)."""
        with self.lock:
            self.checkandplace.identify(record_id, first, last, phone)

    def shift_clock(self, seconds: float) -> float:
        """Move the simulated clock; returns the new time."""
        with self.lock:
            self.clock.shift += seconds
            return self.clock.now()

    def _insert_during_scan(self, venue_id: int) -> None:
        """Somebody is typed in while pages are read (CL-16)."""
        switches = self.clopos.switches
        if switches["insert_during_scan"] == "off" or self._inserted >= int(switches["insert_during_scan_rows"]):
            return
        self._inserted += 1
        name = make_name(self._random).plain
        phone = f"+994{TYPED_IN_OPERATOR}{self._random.randrange(2_000_000, 10_000_000)}"
        self.staff_create(CLOPOS, {"name": name, "phone": phone, "venue_id": venue_id})


def _is_clopos(side: str) -> bool:
    if side not in (CLOPOS, CHECKANDPLACE):
        raise ValueError(f"no such side: {side}")
    return side == CLOPOS
