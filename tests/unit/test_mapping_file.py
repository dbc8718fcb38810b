"""The mapping file: what is accepted, and the one sentence for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

import connector
from connector.config.locate import Lines
from connector.config.mapping import default_mapping_path, load_mapping
from connector.domain.errors import ConfigError, ExitCode
from connector.domain.fieldspec import Cosmetic, FieldMapping, OnClear, OnConflict, OnLink, Rule
from connector.domain.fieldtypes.registry import FIELD_TYPES
from connector.domain.mapping_file import parse_mapping
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName

SMALL = """\
format = 1

[fields.phone]
type = "phone"
rule = "two-way"

[fields.phone.clopos]
reader = "phone_set"
read = { phone = "phone" }
writer = "e164"
create = { number = "phone" }

[fields.phone.checkandplace]
reader = "phone_with_country"
read = { number = "primary_phone_number" }
writer = "digits"
create = { number = "primary_phone_number" }
update = { number = "primary_phone_number" }

[fields.name]
type = "name"
rule = "two-way"
clopos = { reader = "full_name", read = { text = "name" } }
checkandplace = { reader = "first_last", read = { first = "first_name", last = "last_name" } }

[traits.clopos]
cid = "cid"
"""


def parse(text: str) -> FieldMapping:
    return parse_mapping(text, file="customer.toml", line_of=Lines.of(text).nearest)


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert caught.value.exit_code is ExitCode.CONFIG
    return caught.value


def test_the_smallest_mapping() -> None:
    mapping = parse(SMALL)
    assert [spec.name for spec in mapping.fields] == ["phone", "name"]
    phone = mapping.fields[0]
    assert (phone.on_link, phone.on_conflict, phone.on_clear) == (OnLink.KEEP, OnConflict.ASK, OnClear.KEEP)
    assert (phone.cosmetic, phone.title, phone.compared) == (Cosmetic.SETTLE, "Phone", True)
    side = phone.side(CHECKANDPLACE)
    assert side is not None
    assert side.update == {"number": "primary_phone_number"}
    name = mapping.field("name")
    assert name is not None
    assert name.sides[CLOPOS].writer is None
    assert mapping.traits == {CLOPOS: {"cid": "cid"}, CHECKANDPLACE: {}}
    assert mapping.field("email") is None


def test_the_default_mapping_is_the_designs_field_table() -> None:
    mapping = load_mapping()
    table = {
        spec.name: (
            spec.rule,
            *("".join(_letters(spec.side(side))) for side in SideName),
        )
        for spec in mapping.fields
    }
    ignore = Rule.IGNORE
    assert table == {
        "phone": (Rule.TWO_WAY, "rc", "rcu"),
        "name": (Rule.TWO_WAY, "rc", "rcu"),
        "email": (Rule.TWO_WAY, "rc", "rcu"),
        "gender": (Rule.FILL_BLANK, "rc", "rcu"),
        "group": (ignore, "rc", "rcu"),
        "note": (ignore, "rc", "r"),
        "birth_date": (ignore, "rc", ""),
        "cid": (ignore, "r", ""),
        "code": (ignore, "r", ""),
        "allow_sms": (ignore, "", "r"),
        "allow_email": (ignore, "", "r"),
        "permits": (ignore, "", "r"),
        "blacklist": (ignore, "", "r"),
        "language": (ignore, "", "r"),
    }
    for spec in mapping.fields:
        defaults = (OnLink.KEEP, OnConflict.ASK, OnClear.KEEP, Cosmetic.SETTLE)
        assert (spec.on_link, spec.on_conflict, spec.on_clear, spec.cosmetic) == defaults


def _letters(side: object) -> list[str]:
    requests = (("r", "read"), ("c", "create"), ("u", "update"))
    return [letter for letter, request in requests if getattr(side, request, None)]


def test_every_kind_of_value_can_be_named_by_itself() -> None:
    for name, kind in FIELD_TYPES.items():
        assert kind.name == name
        assert kind.readers
        for form in (*kind.readers.values(), *kind.writers.values()):
            assert form.roles
            assert form.sides
        assert bool(kind.writers) is kind.compared


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("format = 1", "format = 2", 1, "format", "write format = 1"),
        ("format = 1", "format = true", 1, "format", "not a whole number"),
        ("format = 1\n", "\n", 1, "format", "is missing"),
        ("format = 1", "format = 1\nfeilds = 3", 2, "feilds", "did you mean fields?"),
        ('type = "phone"', 'type = "phon"', 4, "fields.phone.type", 'did you mean "phone"?'),
        ('type = "phone"', "type = 5", 4, "fields.phone.type", "is not a text"),
        ('type = "phone"\n', "\n", 3, "fields.phone.type", "is missing"),
        ('type = "phone"', 'type = "text"', 4, "fields.phone.type", 'write type = "phone"'),
        ('rule = "two-way"', 'rule = "twoway"', 5, "fields.phone.rule", "two-way, clopos, checkandplace, fill-blank"),
        ('rule = "two-way"', 'rules = "two-way"', 5, "fields.phone.rules", "did you mean rule?"),
        ('rule = "two-way"', 'rule = "two-way"\non_link = "both"', 6, "fields.phone.on_link", "keep, clopos"),
        ('rule = "two-way"', 'rule = "two-way"\non_clear = 1', 6, "fields.phone.on_clear", "is not a text"),
        ('rule = "two-way"', 'rule = "two-way"\ncosmetic = "write"', 6, "fields.phone.cosmetic", "names alone"),
        ('reader = "phone_set"', 'reader = "digits"', 8, "fields.phone.clopos.reader", "Allowed are: phone_set"),
        ('reader = "phone_set"', 'reader = "phone_with_country"', 8, "fields.phone.clopos.reader", "Allowed are"),
        ('reader = "phone_set"\n', "\n", 7, "fields.phone.clopos.reader", "is missing"),
        ('{ phone = "phone" }', '{ number = "phone" }', 9, "fields.phone.clopos.read.number", "phone, phones"),
        ('{ phone = "phone" }', "{}", 9, "fields.phone.clopos.read.phone", "is missing"),
        ('{ phone = "phone" }', '{ phone = "fone" }', 9, "fields.phone.clopos.read.phone", 'did you mean "phone"?'),
        ('{ phone = "phone" }', '"phone"', 9, "fields.phone.clopos.read", "is not a table"),
        ('writer = "e164"', 'writer = "digits"', 10, "fields.phone.clopos.writer", "Allowed are: e164"),
        ('writer = "e164"\n', "\n", 11, "fields.phone.clopos.create", 'write writer = "e164"'),
        ('{ number = "phone" }', '{ number = "spent" }', 11, "fields.phone.clopos.create.number", "Allowed are: name"),
        (
            'create = { number = "phone" }',
            'update = { number = "phone" }',
            11, "fields.phone.clopos.update", "no way to update",
        ),
        ('cid = "cid"', 'ciid = "cid"', 27, "traits.clopos.ciid", "did you mean cid?"),
        ('cid = "cid"', 'cid = "cidd"', 27, "traits.clopos.cid", 'did you mean "cid"?'),
        ("[traits.clopos]", "[traits.simpra]", 26, "traits.simpra", "clopos, checkandplace"),
        ("[fields.name]", "[fields.Name]", 20, "fields.Name", "small letters"),
        ("[fields.name]", "[fields.nom]", 21, "fields.nom.type", "only the field name"),
        ("[traits.clopos]", "[attributes]\nclopos = 'a'\n[traits.clopos]", 27, "attributes.clopos", "is not a list"),
        (
            "[traits.clopos]",
            "[fields.Birthday]\ntype = 'date'\n[traits.clopos]",
            26, "fields.Birthday", "small letters",
        ),
        (
            "[traits.clopos]",
            "[fields.consent]\ntype = 'flag'\nrule = 'two-way'\n"
            "checkandplace = { reader = 'flag', read = { flag = 'allow_sms' } }\n[traits.clopos]",
            28, "fields.consent.rule", "read and shown only",
        ),
        (
            "[traits.clopos]",
            "[fields.consent]\ntype = 'flag'\nrule = 'ignore'\n"
            "checkandplace = { reader = 'flag', read = { flag = 'allow_sms' }, writer = 'flag' }\n[traits.clopos]",
            29, "fields.consent.checkandplace.writer", "read and shown only",
        ),
        (
            "[traits.clopos]",
            "[fields.consent]\ntype = 'flag'\nrule = 'ignore'\n"
            "checkandplace = { reader = 'flag', read = { flag = 'allow_sms' }, create = {} }\n[traits.clopos]",
            29, "fields.consent.checkandplace.create", "remove it",
        ),
        (
            "[traits.clopos]",
            "[fields.born]\ntype = 'date'\nrule = 'two-way'\n"
            "clopos = { reader = 'iso_date', read = { date = 'date_of_birth' } }\n[traits.clopos]",
            28, "fields.born.rule", "Check&Place does not have this field",
        ),
        (
            "[traits.clopos]",
            "[fields.x]\ntype = 'text'\nrule = 'ignore'\n[traits.clopos]",
            26, "fields.x", "neither side",
        ),
        (
            "[traits.clopos]",
            "[fields.mobile]\ntype = 'phone'\nrule = 'ignore'\n[traits.clopos]",
            27, "fields.mobile.type", "only the field phone",
        ),
        (
            "[traits.clopos]",
            "[fields.x]\ntype = 'text'\nrule = 'ignore'\n"
            "clopos = { reader = 'text', read = { text = 'source' }, writer = 'text', create = { text = 'phone' } }\n"
            "[traits.clopos]",
            29, "fields.x.clopos.create.text", "filled by the field phone already",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_gets_one_sentence(old: str, new: str, line: int, key: str, says: str) -> None:
    assert old in SMALL
    error = refusal(SMALL.replace(old, new, 1))
    assert f"customer.toml, line {line}, {key}: " in error.manager
    assert says in error.manager
    assert error.next_step == "connector mapping check customer.toml"
    assert "\n" not in error.manager


@pytest.mark.parametrize("side", ["clopos", "checkandplace"])
def test_phone_and_name_must_be_on_both_sides(side: str) -> None:
    lines = [line for line in SMALL.splitlines() if not line.startswith(f"{side} = ")]
    error = refusal("\n".join(lines))
    assert f"fields.name.{side}: is missing" in error.manager


def test_no_toml_at_all() -> None:
    assert refusal("format = 1\nfields = = 2\n").manager.startswith("customer.toml, line 2: this is no TOML (Invalid")
    assert refusal("format = 1\n[fields").manager.startswith("customer.toml, line 2: this is no TOML (Expected")
    assert refusal("a = '''\n\n").manager.startswith("customer.toml, line 3: this is no TOML (Expected")
    assert "phone and name" in refusal(SMALL[: SMALL.index("[fields.name]")]).manager


def test_a_strange_word_is_shown_short_and_in_one_line() -> None:
    error = refusal(SMALL.replace('"two-way"', '"a\\nb' + "x" * 500 + '"', 1))
    assert "\n" not in error.manager
    assert len(error.manager) < 400


def test_further_attributes_of_a_server_can_be_told() -> None:
    """CP-35, CP-41."""
    text = SMALL.replace("[traits.clopos]", "[attributes]\ncheckandplace = ['birthday']\n\n[traits.clopos]")
    text += "\n[fields.born]\ntype = 'date'\nrule = 'ignore'\n[fields.born.checkandplace]\n"
    text += "reader = 'iso_date'\nread = { date = 'birthday' }\n"
    mapping = parse(text)
    born = mapping.field("born")
    assert born is not None
    assert born.sides[CHECKANDPLACE].read == {"date": "birthday"}


@pytest.mark.parametrize("packaged", [True, False])
def test_the_default_mapping_is_found_beside_the_package_or_in_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: bool
) -> None:
    package = tmp_path / "connector"
    package.mkdir()
    home = package / "_mappings" if packaged else tmp_path / "mappings"
    home.mkdir()
    (home / "customer.toml").write_text(SMALL, "utf-8")
    monkeypatch.setattr(connector, "__file__", str(package / "__init__.py"))
    assert default_mapping_path() == home / "customer.toml"
    assert load_mapping().file == str(home / "customer.toml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"mine.toml: the mapping file cannot be read"):
        load_mapping(path)
