"""The catalogue of words: complete for everything that the rest of the program can say."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest

from connector.domain.codes import HoldCode, SkipReason
from connector.domain.plan import EntryKind
from connector.engine import creates, linking
from connector.report.lines import HELD
from connector.report.sections import SECTIONS, Section
from connector.report.words import LANGUAGES, words

REPORT = Path(__file__).parents[2] / "connector" / "report"
VECTORS = Path(__file__).parents[2] / "docs" / "api" / "vectors.json"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def codes() -> list[tuple[str, str]]:
    """(kind of entry, reason code) that plans carry."""
    whys = {case["why"] for case in json.loads(VECTORS.read_text(encoding="utf-8"))["link"]["cases"]}
    found = [("proposal", why) for why in whys]
    found += [("skip", reason.value) for reason in SkipReason]
    found += [("link-state", reason) for reason in linking._SENTENCES]
    found += [("close", reason) for reason in ("equal", "different", "written", "moot")]
    found += [("settle", reason) for reason in ("settled", "listed_once", "clear_not_sent", "kept_different")]
    return sorted(found)


@pytest.mark.parametrize(("kind", "code"), codes())
def test_every_reason_has_a_sentence(kind: str, code: str) -> None:
    assert words("en").knows(kind, code), code
    assert words("en").reason(kind, code).endswith(".")


def test_every_word_of_the_creates_has_a_sentence() -> None:
    source = Path(creates.__file__).read_text(encoding="utf-8")
    found = set(re.findall(r'"((?:waits_for|create|other_direction|outside|write_under)_\w+)"', source))
    assert {"waits_for_complete_scan", "write_under_way", "other_direction_only"} <= found
    assert {code for code in found if not words("en").knows("not-sent", code)} == set()


def test_every_hold_has_a_sentence_and_a_next_step() -> None:
    for code in HoldCode:
        assert HELD[code.value].sentence.endswith(".")
        assert HELD[code.value].next_step.endswith(".")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_every_section_says_what_it_is(section: Section) -> None:
    say = words("en").say
    assert say(f"section.{section.key}")
    assert say(f"section.{section.key}.text").endswith(".")


def test_every_kind_of_entry_has_its_section() -> None:
    assert {section.kind for section in SECTIONS} == set(EntryKind)


def test_every_key_that_is_asked_for_is_there() -> None:
    sources = [*REPORT.glob("*.py"), *(REPORT / "templates").glob("*.j2")]
    asked = {
        key for path in sources for key in re.findall(r'say\(\s*"([^"{}]+)"\s*[,)]', path.read_text(encoding="utf-8"))
    }
    asked |= {key for path in sources for key in re.findall(r"say\('([^'{}]+)'[,)]", path.read_text(encoding="utf-8"))}
    assert len(asked) > 30
    assert asked - set(words("en").texts) == set()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_languages_have_the_same_keys_and_values(language: str) -> None:
    english, other = LANGUAGES["en"], LANGUAGES[language]
    assert other.code == language
    assert set(other.texts) == set(english.texts)
    for key, text in english.texts.items():
        assert fields(other.texts[key]) == fields(text), key
        for form in text.split("|"):
            assert fields(form) == fields(text), key


def test_numbers_choose_the_form() -> None:
    say = words("en").say
    assert [say("fact.customers", n=n) for n in (0, 1, 2, 1200)] == [
        "0 customers", "1 customer", "2 customers", "1,200 customers",
    ]  # fmt: skip


def test_an_unknown_code_and_language_are_still_words() -> None:
    assert words("tlh").code == "en"
    assert words("en").reason("hold", "some_new-code") == "some new code"
    with pytest.raises(KeyError):
        words("en").say("no.such.key")
