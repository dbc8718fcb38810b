"""The catalogue of words: complete for everything that the rest of the program can say."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from connector.domain.codes import HoldCode, SkipReason
from connector.domain.plan import IGNORED, Entry, EntryKind, Summary
from connector.domain.undo import UNDO_TASKS
from connector.domain.values import SideName
from connector.engine import creates, linking
from connector.report.lines import HELD
from connector.report.sections import ABOUT_LINKS, SECTIONS, Section, questions
from connector.report.words import LANGUAGES, SHEET_LANGUAGES, words

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


def test_every_fact_of_the_evidence_has_words() -> None:
    facts = {fact for case in json.loads(VECTORS.read_text(encoding="utf-8"))["link"]["cases"]
             for fact in case.get("facts", ())}  # fmt: skip
    english = words("en")
    for fact in facts:
        assert english.fact(fact) != fact or f"evidence.{fact}" in english.texts
    assert english.fact("name keys equal") == "same name"
    assert english.fact("phone held by 3 Clopos records") == "3 customers in Clopos have this number"
    assert english.fact("something new") == "something new"


def test_the_report_and_the_sheet_say_why_in_the_same_words() -> None:
    for key, text in SHEET_LANGUAGES["en"].texts.items():
        if key.startswith("why."):
            assert words("en").reason("proposal", key.removeprefix("why.")) == text


def test_no_sentence_about_names_contradicts_its_evidence() -> None:
    """The rule that asks says that names are not close enough: the evidence may be a spelling, or a stranger's name."""
    for catalogue in SHEET_LANGUAGES.values():
        said = catalogue.say("why.phone_but_name_differs")
        assert catalogue.say("evidence.names differ") not in said


def test_what_asks_for_a_look_at_a_link_is_no_typing() -> None:
    assert set(linking._SENTENCES) == ABOUT_LINKS


@pytest.mark.parametrize("side", list(SideName))
@pytest.mark.parametrize("reason", ["change-in-clopos", *UNDO_TASKS, *sorted(ABOUT_LINKS)])
def test_every_task_has_exactly_one_section(side: SideName, reason: str) -> None:
    entry = Entry(EntryKind.TASK, side, "1", "2", reason=reason)
    summary = Summary()
    summary.add(entry)
    mine = [section for section in SECTIONS if section.holds(entry)]
    assert [section.key for section in SECTIONS if section.count(summary)] == [mine[0].key]
    expected = {"change-in-clopos": ("task", "task.checkandplace"), UNDO_TASKS[0]: ("task", "task.checkandplace"),
                UNDO_TASKS[1]: ("task.delete",) * 2}.get(reason, ("task.link",) * 2)  # fmt: skip
    assert mine[0].key == expected[list(SideName).index(side)]


def test_what_staff_put_aside_is_in_no_section_and_counted_apart() -> None:
    hold = Entry(EntryKind.HOLD, SideName.CLOPOS, "1", "2", reason="phone-held", queued_at="2026-01-01T00:00:00+00:00")
    silent = replace(hold, facts={IGNORED: True})
    summary = Summary()
    for entry in (hold, silent, silent):
        summary.add(entry)
    assert [section.key for section in SECTIONS if section.holds(silent)] == []
    assert {section.key: section.count(summary) for section in SECTIONS if section.count(summary)} == {"hold": 1}
    assert (questions(summary), summary.ignored, summary.differs) == (1, 2, False)
    assert Summary.from_json(summary.to_json()).ignored == 2
