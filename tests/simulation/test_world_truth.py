"""The world's truth against the connector's own rules: what is *sure* is one person, what must be linked is *sure*, and
nobody known to both sides is *apart* everywhere. Two implementations that know nothing of each other have to agree.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from connector.config.mapping import load_mapping
from connector.domain.mapping import Mapper
from connector.domain.match import Band, Pair, assign, judge
from connector.domain.values import Customer, Key, KeyKind, PairRules, SideName
from connector.simulator.checkandplace.render import INTEGRATION
from connector.simulator.checkandplace.render import Renderer as GuestRenderer
from connector.simulator.kit import SimClock
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.world import World

MAPPER = Mapper(load_mapping(), PairRules(brand="demobrand", region="AZ", calling_codes=("994", "90")))


class Count:
    """How many records of a side hold a key."""

    def __init__(self, customers: list[Customer]) -> None:
        self.held = Counter((customer.side, key) for customer in customers if not customer.traits.anonym
                            for key in set(customer.keys))  # fmt: skip

    def count(self, side: SideName, key: Key) -> int:
        return self.held[side, key]


def as_served(world: World) -> Iterator[Customer]:
    """Every record as the connector reads it from the wire."""
    for customer in world.clopos.customers.values():
        raw = json.loads(world.clopos_api.renderer.customer(customer, "v2", frozenset()))
        yield MAPPER.customer(SideName.CLOPOS, str(raw["id"]), MAPPER.wire(SideName.CLOPOS, raw))
    shown = GuestRenderer(world.checkandplace, INTEGRATION, stamp=1)
    for guest in world.checkandplace.customers.values():
        raw = json.loads(json.dumps(shown.customer(guest)))
        yield MAPPER.customer(SideName.CHECKANDPLACE, guest.id, MAPPER.wire(SideName.CHECKANDPLACE, raw))


def judged(world: World) -> list[Pair]:
    customers = list(as_served(world))
    holders = Count(customers)
    by_key: dict[Key, tuple[list[Customer], list[Customer]]] = defaultdict(lambda: ([], []))
    for customer in customers:
        for key in customer.keys:
            if key.kind in (KeyKind.PHONE, KeyKind.EMAIL):
                by_key[key][customer.side is SideName.CHECKANDPLACE].append(customer)
    pairs = {(one.id, other.id): (one, other) for ours, theirs in by_key.values() for one in ours for other in theirs}
    return assign(Pair(*ids, judge(one, other, holders)) for ids, (one, other) in pairs.items())


@pytest.mark.parametrize("phone_read", ["full", "national", "plus", "region", "no_country_code"])
@pytest.mark.parametrize("seed", [1, 2])
def test_bands_agree_with_the_labels(seed: int, phone_read: str) -> None:
    world = World(seed, 300, 300, 180, {"CP-11": phone_read}, SimClock(1_795_000_000, 0), limits=False)
    labels = world.labels()
    pairs = judged(world)
    sure = {(pair.clopos_id, pair.checkandplace_id) for pair in pairs if pair.evidence.band is Band.SURE}
    wrong = [ids for ids in sure if labels[CLOPOS, ids[0]] != labels[CHECKANDPLACE, ids[1]]]
    assert wrong == []
    assert world.must_link() <= sure
    assert len(world.must_link()) > 100
    met = {labels[CLOPOS, pair.clopos_id] for pair in pairs
           if labels[CLOPOS, pair.clopos_id] == labels[CHECKANDPLACE, pair.checkandplace_id]}  # fmt: skip
    both = {who for (side, _), who in labels.items() if side == CLOPOS} & {
        who for (side, _), who in labels.items() if side == CHECKANDPLACE
    }
    assert both == met
    assert {pair.evidence.why for pair in pairs} >= {
        "phone_and_name", "email_and_name", "phone_held_by_several", "phone_but_name_differs",
    }  # fmt: skip
