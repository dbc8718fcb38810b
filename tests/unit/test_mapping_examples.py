"""Examples beside a mapping: the packaged ones hold, and a wrong one says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.locate import Lines
from connector.config.mapping import load_examples, load_mapping
from connector.domain.errors import ConfigError
from connector.domain.mapping_examples import Example, parse_examples, run_examples
from connector.domain.values import SideName
from tests.unit.mapping_kit import MAPPING

EXAMPLE = """\
[[example]]
name = "a guest"
side = "clopos"
settings = { region = "AZ", calling_codes = ["994"], gender = { 1 = "male" }, timezone = "Europe/Istanbul" }
record = '''{"id": 1, "name": "Aysel", "phone": "0501234567", "phones": [], "email": "yoxdur", "gender": 1}'''
fields = { name = "Aysel", phone = "+994501234567", email = "? bad_email" }
traits = { activity = 0 }
create = '''{"first_name": "Aysel", "primary_phone_number": "994501234567", "gender": 1}'''
left_out = { email = "bad_email" }
"""


def parse(text: str) -> tuple[Example, ...]:
    return parse_examples(text, file="customer.examples.toml", line_of=Lines.of(text).nearest)


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.name)
def test_the_examples_of_the_default_mapping(example: Example) -> None:
    assert run_examples(MAPPING, [example]) == []


def test_the_default_mapping_has_examples_of_both_sides_and_of_every_request() -> None:
    examples = load_examples()
    assert {example.side for example in examples} == set(SideName)
    assert {example.side for example in examples if example.create} == set(SideName)
    shown = {name for example in examples for name in (*example.fields, *(example.create or {}))}
    assert {"phone", "name", "email", "gender", "note", "birth_date", "customer_type_id"} <= shown


def test_a_mapping_without_examples_has_none(tmp_path: Path) -> None:
    assert load_examples(tmp_path / "mine.toml") == ()
    (tmp_path / "mine.examples.toml").write_text(EXAMPLE, "utf-8")
    assert [example.name for example in load_examples(tmp_path / "mine.toml")] == ["a guest"]


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ('name = "Aysel", phone', 'name = "Aygün", phone', 'name is "Aysel", expected "Aygün"'),
        ("? bad_email", "", 'email is "? bad_email", expected ""'),
        ('"+994501234567"', '"+994501234567", permits = "x"', "Clopos has no field permits in this mapping"),
        ("activity = 0", "activity = 7", "trait activity is 0, expected 7"),
        ("\"gender\": 1}'''\nleft", "\"gender\": 0}'''\nleft", "the create on Check&Place sends"),
        ('email = "bad_email" }', 'email = "x" }', 'leaves out {"email":"bad_email"}, expected {"email":"x"}'),
        ("left_out", 'problem = "no_phone"\nleft_out', "says no problem, expected no_phone"),
    ],
)
def test_what_does_not_come_out_is_said_in_words(old: str, new: str, failure: str) -> None:
    assert old in EXAMPLE
    assert run_examples(MAPPING, parse(EXAMPLE)) == []
    failures = run_examples(MAPPING, parse(EXAMPLE.replace(old, new, 1)))
    assert len(failures) == 1
    assert failures[0].startswith('example "a guest": ')
    assert failure in failures[0]


def test_a_changed_mapping_fails_its_examples() -> None:
    fewer = replace(MAPPING, fields=tuple(spec for spec in MAPPING.fields if spec.name != "email"))
    assert any("no field email" in failure for failure in run_examples(fewer, load_examples()))
    assert run_examples(load_mapping(), load_examples()) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("[[example]]", "[[examples]]", 1, "examples", "did you mean example?"),
        ("[[example]]", "[example]", 1, "example", "write [[example]]"),
        ('name = "a guest"\n', "\n", 1, "example[0].name", "is missing"),
        ('side = "clopos"', 'side = "klopos"', 3, "example[0].side", 'did you mean "clopos"?'),
        ('region = "AZ"', 'region = "Baku"', 4, "example[0].settings.region", 'write region = "AZ"'),
        ('region = "AZ"', "region = 5", 4, "example[0].settings.region", "another form"),
        ('region = "AZ"', 'regin = "AZ"', 4, "example[0].settings.regin", "did you mean region?"),
        ('["994"]', "[994]", 4, "example[0].settings.calling_codes", "another form"),
        ('"Europe/Istanbul"', '"Istanbul"', 4, "example[0].settings.timezone", "is not known"),
        ('"Europe/Istanbul"', '"../etc"', 4, "example[0].settings.timezone", "is not known"),
        ("'''{\"id\"", "'''{id", 5, "example[0].record", "is no JSON"),
        ("record = '''", "record = '''5'''\ncreate = '''", 5, "example[0].record", "is no JSON object"),
        ('name = "Aysel"', "name = 5", 6, "example[0].fields.name", "is not a text"),
        ("activity = 0", "actvity = 0", 7, "example[0].traits.actvity", "did you mean activity?"),
        ("[[example]]", "[[example", 1, "", "this is no TOML"),
    ],
)
def test_what_is_wrong_gets_one_sentence(old: str, new: str, line: int, key: str, says: str) -> None:
    assert old in EXAMPLE
    text = EXAMPLE.replace(old, new, 1)
    if "create = '''" in new:
        text = text[: text.rindex("create = '''")]
    with pytest.raises(ConfigError) as caught:
        parse(text)
    where = f"customer.examples.toml, line {line}, {key}: " if key else f"customer.examples.toml, line {line}: "
    assert caught.value.manager.startswith(where)
    assert says in caught.value.manager
