"""What a restaurant has in the end, by the truth labels: the same for two histories that differ in ids and order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.engine.harness import Bench

Picture = dict[str, Counter[Any]]

GUEST = ("first_name", "last_name", "primary_phone_number", "email", "gender", "nickname", "note", "is_anonym",
         "is_active", "origin")  # fmt: skip
CUSTOMER = ("name", "phone", "email", "gender", "date_of_birth", "description", "origin")


def picture(bench: Bench) -> Picture:
    """Links with their states and bases, people with their values on each side, the queues, the proposals, and what
    the probes found."""
    labels = bench.world.labels()
    clopos = [
        (labels["clopos", str(key)], c.deleted_at is None, tuple(sorted(c.numbers())),
         *(getattr(c, attribute) for attribute in CUSTOMER))
        for key, c in bench.world.clopos.customers.items()
    ]  # fmt: skip
    guests = [
        (labels["checkandplace", key], *(getattr(c, attribute) for attribute in GUEST))
        for key, c in bench.world.checkandplace.customers.items()
    ]
    records = bench.rows("SELECT id, side, remote_id, gone_at FROM record")
    who = {row["id"]: f"{row['side']} {labels.get((row['side'], row['remote_id']))}" for row in records}
    entries = [
        (
            row["kind"], row["topic"], row["code"], row["state"], row["resolution"], who.get(row["clopos_record_id"]),
            who.get(row["checkandplace_record_id"]), _values(row["facts_json"]),
        )
        for row in bench.queue()
    ]  # fmt: skip
    proposals = bench.rows(
        # One that was overtaken tells of the way here, not of where things are.
        "SELECT clopos_record_id AS c, checkandplace_record_id AS p, state FROM proposal WHERE state <> 'moot'"
    )
    links = bench.rows(
        "SELECT clopos_record_id AS c, checkandplace_record_id AS p, state, state_reason, sent_json, "
        "bases_clopos_json, bases_checkandplace_json FROM link"
    )
    probes = bench.rows("SELECT probes_json FROM pair")
    return {
        "links": Counter((who[row["c"]], who[row["p"]], row["state"], row["state_reason"]) for row in links),
        "bases": Counter(
            (who[row["c"]], who[row["p"]], _bases(row["bases_clopos_json"]), _bases(row["bases_checkandplace_json"]),
             row["sent_json"])
            for row in links if row["state"] == "active"
        ),
        "clopos": Counter(clopos),
        "checkandplace": Counter(guests),
        "gone": Counter(who[row["id"]] for row in records if row["gone_at"] is not None),
        "queue": Counter(entries),
        "proposals": Counter((who[row["c"]], who[row["p"]], row["state"]) for row in proposals),
        "probes": Counter(name for name, found in _probes(probes[0]["probes_json"]) if found["result"] != "ok"),
    }  # fmt: skip


def _probes(probes_json: str) -> Iterable[tuple[str, Any]]:
    """What the probes found. One that found nothing may be missing after a crash: then the next write is the probe."""
    return json.loads(probes_json).items()  # type: ignore[no-any-return]  # JSON


def _values(facts_json: str) -> str:
    """What an entry of the queues says both sides show."""
    return json.dumps(json.loads(facts_json).get("values"), sort_keys=True)


def _bases(bases_json: str) -> str:
    """The bases' values, without the wire values they were read from."""
    return json.dumps({name: base["value"] for name, base in json.loads(bases_json).items()}, sort_keys=True)


def difference(wanted: Picture, found: Picture) -> dict[str, Any]:
    """What is too few and too many, part by part; empty where the two are the same."""
    return {
        name: {"missing": sorted(map(str, part - found[name])), "extra": sorted(map(str, found[name] - part))}
        for name, part in wanted.items()
        if part != found[name]
    }  # fmt: skip
