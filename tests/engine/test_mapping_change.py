"""A changed mapping: rehearsed on the state, named by the next run, back-filled only for the fields concerned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.config.mapping import default_mapping_path, load_mapping
from connector.domain.guard import GuardLimits
from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, PairRules
from connector.engine.context import Stores
from connector.engine.impact import Impact, impact
from connector.engine.mapping_change import changed_fields, mapped
from connector.state.core import Database
from tests.engine.scene import Scene, scene

EMAIL = '[fields.email]\ntype = "email"\ntitle = "E-mail"\nrule = "two-way"'
QUIET = {EMAIL: EMAIL.replace("two-way", "ignore")}
SEX = '\n[attributes]\nclopos = ["sex"]\n'
NICK = """
[fields.nick]
type = "text"
title = "Nickname"
rule = "two-way"
[fields.nick.clopos]
reader = "text"
read = { text = "nick" }
[fields.nick.checkandplace]
reader = "text"
read = { text = "nickname" }
"""


def write_mapping(path: Path, changes: dict[str, str], more: str = "") -> Path:
    """A copy of the connector's own mapping with these replacements."""
    text = default_mapping_path().read_text("utf-8")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text.replace("[traits.clopos]", more + "\n[traits.clopos]", 1) if more else text, "utf-8")
    return path


async def quiet_about_email(folder: Path, **options: Any) -> Scene:
    """Three guests whose e-mail is only in Clopos, one whose e-mails differ, under a mapping that ignores e-mails."""
    write_mapping(folder / "customer.toml", QUIET)
    bench = scene(folder, pair='mapping = "customer.toml"', checkandplace_table="write_email = true\n", **options)
    bench.guest({"email": "aysel@example.com"})
    people = bench.crowd(4)
    for number, (clopos, _guest) in enumerate(people[:2]):
        bench.world.staff_edit("clopos", clopos, {"email": f"guest{number}@example.com"})
    clopos, guest = people[2]
    bench.world.staff_edit("clopos", clopos, {"email": "one@example.com"})
    bench.world.staff_edit("checkandplace", guest, {"email": "two@example.com"})
    await bench.start()
    return bench


def rehearsed(bench: Scene, new: Path, **quotas: int) -> Impact:
    settings = bench.settings.pairs["main"]
    windows = {CLOPOS: ((quotas.get("clopos", 300), 60.0),), CHECKANDPLACE: ((quotas.get("guests", 60), 60.0),)}
    return impact(
        Stores.of(Database(bench.engine, 1)), Mapper(load_mapping(settings.mapping_file), settings.rules()),
        Mapper(load_mapping(new), settings.rules()), windows, GuardLimits(updates_percent=1, updates_count=2),
    )  # fmt: skip


async def test_the_rehearsal_says_what_the_run_then_does(tmp_path: Path) -> None:
    bench = await quiet_about_email(tmp_path)
    decided, new = bench.decided(), write_mapping(tmp_path / "new.toml", {})
    found = rehearsed(bench, new, guests=1)
    assert bench.decided() == decided
    (email,) = found.fields
    assert (email.name, email.what) == ("email", ("rule: ignore -> two-way",))
    assert {way: n for way, n in email.counts.items() if n} == {"write": 3, "keep": 1, "same": 1}
    assert (found.links, found.customers, found.updates) == (5, 3, 3)
    assert found.costs[1].minutes == 3.0
    assert found.costs[0].minutes == 0.0
    assert len(found.refusals) == 1, "three of five links are more than the limits"

    (tmp_path / "customer.toml").write_text(new.read_text("utf-8"), "utf-8")
    result = await bench.run()
    assert sorted(body["email"] for _s, _m, body in bench.bodies()) == [
        "aysel@example.com", "guest0@example.com", "guest1@example.com",
    ]  # fmt: skip
    assert all(set(body) == {"email"} for _s, _m, body in bench.bodies()), "only the field concerned"
    assert result.counts["mapping_changed.email"] == 5
    assert {row["field"] for row in bench.rows("SELECT field FROM history WHERE verb = 'update'")} == {"email"}
    await bench.quiet()
    result = await bench.run()
    assert "mapping_changed.email" not in result.counts, "named once"
    assert rehearsed(bench, new).fields == []


async def test_a_comparison_names_the_change_and_does_not_forget_it(tmp_path: Path) -> None:
    bench = await quiet_about_email(tmp_path)
    write_mapping(tmp_path / "customer.toml", {})
    decided = bench.decided()
    for _again in range(2):
        result = await bench.run("diff")
        assert result.counts["mapping_changed.email"] == 5
    assert bench.decided() == decided
    assert bench.writes == []


async def test_an_attribute_that_was_never_read_asks_for_a_scan_first(tmp_path: Path) -> None:
    bench = await quiet_about_email(tmp_path)
    both = 'format = 1\n\n[attributes]\nclopos = ["nick"]\ncheckandplace = ["nickname"]\n'
    new = write_mapping(tmp_path / "new.toml", {**QUIET, "format = 1\n": both}, NICK)
    found = rehearsed(bench, new)
    assert found.unheld == {CLOPOS: ["nick"], CHECKANDPLACE: ["nickname"]}
    (nick,) = found.fields
    assert nick.what == ("new",)
    assert nick.counts["unread"] == found.links == 5
    assert found.customers == 0
    assert found.differs
    assert [cost.scan for cost in found.costs] == [1, 1]


async def test_a_pending_edit_is_no_impact_of_the_mapping(tmp_path: Path) -> None:
    bench = await quiet_about_email(tmp_path)
    bench.at_clopos(name="Aysel Həsənova")
    await bench.run("diff")
    found = rehearsed(
        bench, write_mapping(tmp_path / "new.toml", {**QUIET, 'cosmetic = "settle"': 'cosmetic = "write"'})
    )
    (name,) = found.fields
    assert name.what == ("cosmetic: settle -> write",)
    assert name.counts["same"] == 5
    assert not found.differs


async def test_a_field_that_is_compared_no_more_writes_nothing_and_comes_back_on_its_old_bases(tmp_path: Path) -> None:
    write_mapping(tmp_path / "customer.toml", {})
    bench = scene(tmp_path, pair='mapping = "customer.toml"', checkandplace_table="write_email = true\n")
    bench.guest({"email": "aysel@example.com"}, {"email": "aysel@example.com"})
    bench.crowd(3)
    await bench.start()
    new = write_mapping(tmp_path / "new.toml", QUIET)
    found = rehearsed(bench, new)
    assert [(each.name, each.what, sum(each.counts.values())) for each in found.fields] == [
        ("email", ("compared no more",), 0)
    ]
    assert not found.differs
    write_mapping(tmp_path / "customer.toml", QUIET)
    result = await bench.run()
    assert result.counts["mapping_changed.email"] == 0
    bench.at_clopos(email="new@example.com")
    await bench.quiet()
    write_mapping(tmp_path / "customer.toml", {})
    await bench.run()
    assert bench.bodies() == [("checkandplace", "PATCH", {"email": "new@example.com"})]


async def test_a_new_attribute_is_read_and_then_filled_in(tmp_path: Path) -> None:
    """Gender, read and written only under the new mapping: after the reading it asks for, the blanks are filled."""
    gender = ('read = { code = "gender" }', 'read = { code = "sex" }')
    write_mapping(tmp_path / "customer.toml", {})
    bench = scene(tmp_path, pair='mapping = "customer.toml"')
    bench.guest()
    await bench.start()
    new = write_mapping(tmp_path / "new.toml", {gender[0]: gender[1], "format = 1\n": "format = 1\n" + SEX})
    found = rehearsed(bench, new)
    assert found.unheld[CLOPOS] == ["sex"]
    assert [each.what for each in found.fields] == [("Clopos: read or written another way",)]
    write_mapping(tmp_path / "customer.toml", {gender[0]: gender[1], "format = 1\n": "format = 1\n" + SEX})
    result = await bench.run()
    assert "mapping_changed.gender" in result.counts
    assert bench.bodies() == []


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ('title = "E-mail"', 'title = "Mail"', []),
        ('[fields.email]\ntype = "email"\ntitle = "E-mail"\nrule = "two-way"', QUIET[EMAIL], ["email"]),
        ('rule = "fill-blank"', 'rule = "two-way"', ["gender"]),
        ('cosmetic = "settle"', 'cosmetic = "write"', ["name"]),
        ('create = { number = "primary_phone_number" }\n', "", ["phone"]),
        ("likely_same = 55", "likely_same = 60", []),
    ],
)
def test_every_word_of_a_compared_field_counts_but_its_title(
    tmp_path: Path, old: str, new: str, changed: list[str]
) -> None:
    rules = PairRules("brand", "AZ")
    before = Mapper(load_mapping(write_mapping(tmp_path / "a.toml", {})), rules)
    after = Mapper(load_mapping(write_mapping(tmp_path / "b.toml", {old: new})), rules)
    assert changed_fields(mapped(before), mapped(after)) == changed
