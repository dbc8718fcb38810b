"""Scenarios for the alternatives on which not every line can hold: what must hold there instead."""

from __future__ import annotations

import json

import pytest

from connector.domain.errors import AuthError, ConfigError, ExitCode
from tests.engine import lines
from tests.engine.harness import Bench


async def one_login_only(bench: Bench) -> None:
    """CL-32: repeated bad attempts may lock authentication, so a refused login is not tried again in the run."""
    with pytest.raises(AuthError) as refused:
        await bench.run("diff")
    assert refused.value.exit_code is ExitCode.CREDENTIALS
    assert [entry.path.rsplit("/", 1)[-1] for entry in bench.sent] == ["auth"]


async def refused_creates(bench: Bench) -> None:
    """CP-10: a store that wants a type refuses our creates; each is a hold, everything else holds."""
    seen = await lines.backfilled(bench)
    lines.truthful(bench)
    holds = [row["code"] for row in bench.queue("hold")]
    assert holds.count("rejected") >= 5
    assert int(ExitCode.PARTLY) in seen.exits
    await lines.quiet(bench, "after the refusals")
    await lines.edits_travel(bench)


async def patch_replaces(bench: Bench) -> None:
    """CP-20, full replace: the first update is read back, the damage is put back, no further update is sent."""
    await lines.backfilled(bench)
    (clopos, guest), (other, _guest) = lines.settled_pairs(bench)[:2]
    before = bench.world.checkandplace.customers[guest].primary_phone_number
    bench.world.staff_edit("clopos", clopos, {"name": "Yeni Testov"})
    bench.world.staff_edit("clopos", other, {"name": "Ikinci Testov"})
    result = await lines.run(bench, "sync", "full replace")
    assert result.exit_code is ExitCode.PARTLY
    first, restore = bench.writes
    assert first.method == restore.method == "PATCH"
    assert first.path == restore.path
    after = bench.world.checkandplace.customers[guest]
    assert (after.first_name, after.last_name) == ("Yeni", "Testov")
    assert after.primary_phone_number == before
    holds = [row for row in bench.queue("hold") if row["code"] == "patch-replaces"]
    assert len(holds) == 1
    assert json.loads(holds[0]["facts_json"])["changed"]
    bench.world.staff_edit("clopos", clopos, {"name": "Yenə Testov"})
    await lines.run(bench, "sync", "updates are stopped")
    assert bench.writes == []
    probe = json.loads(bench.rows("SELECT probes_json FROM pair")[0]["probes_json"])["checkandplace.update"]
    assert probe["result"] == "patch-replaces"
    lines.truthful(bench)


async def two_pairs_one_store(bench: Bench) -> None:
    """CP-31: an organisation's tokens may all see the same customers; two such pairs are refused."""
    await bench.run("diff")
    text = bench.config.read_text(encoding="utf-8")
    second = text[text.index("[pairs.main]") :].replace("[pairs.main", "[pairs.second")
    second = second.replace("demo-access-token", "demo-other-access-token")
    bench.config.write_text(text + second, encoding="utf-8")
    bench.reload()
    with pytest.raises(ConfigError) as refused:
        await bench.run("diff", pair="second")
    assert refused.value.code == "one-store-two-pairs"
    assert refused.value.next_step.startswith(f"Remove one of the two pairs from {bench.config}, then: ")
    bench.config.write_text(text.replace("[pairs.main", "[pairs.renamed").replace(
        "demo-access-token", "demo-other-access-token"), encoding="utf-8")  # fmt: skip
    bench.reload()
    with pytest.raises(ConfigError) as refused:
        await bench.run("diff", pair="renamed")
    assert f'"main" is known to the database, but is not in {bench.config}' in refused.value.manager
    for said in ("[pairs.main] again instead of [pairs.renamed]", "connector status --pair main", "under [state]"):
        assert said in refused.value.next_step


async def no_app_show(bench: Bench) -> None:
    """CP-43 off: reading by id answers 404 for everybody. Nobody is taken for gone by it: the listing shows them."""
    await lines.backfilled(bench)
    lines.truthful(bench)
    await lines.quiet(bench, "no show by id")
    assert bench.rows("SELECT count(*) AS n FROM record WHERE gone_at IS NOT NULL")[0]["n"] == 0
    assert bench.rows("SELECT count(*) AS n FROM link WHERE state <> 'active'")[0]["n"] == 0
