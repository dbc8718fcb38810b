"""What staff are told about each entry of a queue: its reason, what the server said, and what to type next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.cli.simulated import settings_text
from connector.cli.views import Eyes, age, entries_of
from connector.config.load import load_settings
from connector.domain.codes import HoldCode
from connector.domain.plan import FieldChange
from connector.domain.undo import BY_HAND, DELETE_BY_HAND
from connector.domain.values import BLANK, Value, known, unknown
from connector.engine.context import Stores
from connector.simulator.world import World
from connector.state.core import Database
from connector.state.database import open_state
from connector.state.queue import Queued

NOW = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)
Document = dict[str, Any]


class Desk:
    """Documents of entries about records that are in no state: what the entries say by themselves."""

    def __init__(self, folder: Path) -> None:
        world = World(clopos=0, checkandplace=0, shared=0)
        config = folder / "connector.toml"
        config.write_text(settings_text("http://127.0.0.1:1", world.credentials, world.switchboard.words()))
        self.settings = load_settings(config, {}).pair("demo")
        self.stores = Stores.of(Database(open_state(f"sqlite:///{folder / 'connector.db'}"), 1))

    def shows(self, *entries: Queued, show_pii: bool = True) -> list[Document]:
        eyes = Eyes.of(self.settings, show_pii=show_pii)
        with self.stores.database.read() as connection:
            return list(entries_of(eyes, self.stores, connection, entries, NOW))

    def __call__(self, **facts: Any) -> Document:
        (document,) = self.shows(entry(**facts))
        return document


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def entry(**facts: Any) -> Queued:
    """A task about the phone of somebody, unless told otherwise."""
    known: dict[str, Any] = {
        "id": 7, "kind": "task", "subject": "c1:p1", "topic": "phone", "code": "by_staff", "side": "clopos",
        "state": "open", "opened_at": NOW - timedelta(days=3), "ticked_at": None, "resolution": None,
        "source_digest": None, "sentence": "", "next_step": "", "clopos_row": None, "checkandplace_row": None,
        "facts": {}, "note": None, "attempts": 0, "tried_at": None, "next_try_at": None, "answer": {},
        "closed_at": None, "closed_why": None,
    }  # fmt: skip
    return Queued(**{**known, **facts})


RESOLVE = [f"connector conflicts resolve 7 --take {word}" for word in ("clopos", "checkandplace", "different")]


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        ({"kind": "conflict"}, RESOLVE),
        ({}, ["type the value into Clopos, then: connector tasks tick 7",
              "connector tasks take-clopos 7   (Clopos is right)", "connector tasks keep-different 7   (both stay)"]),
        ({"code": BY_HAND, "side": "clopos"},
         ["put the older value back in Clopos, then: connector tasks tick 7",
          "connector tasks keep-different 7   (it stays as it is)"]),
        ({"code": BY_HAND, "side": None},
         ["put the older value back in Check&Place, then: connector tasks tick 7",
          "connector tasks keep-different 7   (it stays as it is)"]),
        ({"code": DELETE_BY_HAND, "side": "clopos"},
         ["delete the customer in Clopos if it is wrong: the task ends by itself",
          "connector tasks keep-different 7   (it stays)"]),
        ({"code": DELETE_BY_HAND, "side": "checkandplace"},
         ["delete the customer in Check&Place if it is wrong: the task ends by itself",
          "connector tasks keep-different 7   (it stays)"]),
        ({"kind": "hold", "code": "in-doubt"},
         ["connector holds answer 7 --it-is ID", "connector holds answer 7 --not-there"]),
        ({"kind": "hold", "code": "of-a-later-version", "next_step": "Ask the maintainers."},
         ["Ask the maintainers.", "connector holds ignore 7"]),
    ],
    ids=["conflict", "task", "undo-clopos", "undo-checkandplace", "created-clopos", "created-checkandplace", "doubt",
         "unknown"],
)  # fmt: skip
def test_the_steps_of_an_entry(desk: Desk, facts: Document, steps: list[str]) -> None:
    assert desk(**facts)["next"] == steps


SENT_AGAIN = {"rejected", "duplicate-not-visible", "no-answer"}
"""By itself, ever more rarely, and when staff say so: docs/ARCHITECTURE.md, Apply."""
ON_A_WORD = SENT_AGAIN | {"cid-used", "did-not-stick", "patch-replaces"}
"""When staff say so: the first three, a rejection that was taken back, a value to send once more, a new probe."""


@pytest.mark.parametrize("code", [code for code in HoldCode if code is not HoldCode.IN_DOUBT])
def test_a_hold_says_what_a_person_can_do_and_is_retried_only_where_that_does_something(
    desk: Desk, code: HoldCode
) -> None:
    one = desk(kind="hold", code=code.value, attempts=3, tried_at=NOW)
    retry = ["connector holds retry 7"] if code.value in ON_A_WORD else []
    assert one["next"] == [code.next_step, *retry, "connector holds ignore 7"]
    assert one["why"] == code.sentence
    assert (one["kind"], one["code"], one["state"], one["age"]) == ("hold", code.value, "open", "3 days")
    assert (one["retryable"], one["attempts"]) == (code.value in SENT_AGAIN, 3)
    assert one["tried_at"] == "2026-03-04T13:15:00+04:00", "in the pair's zone"
    assert one["reopened"] == 0, "what was sent three times was not opened three times"


def test_a_sentence_of_its_own_comes_before_that_of_the_code(desk: Desk) -> None:
    assert desk(kind="hold", code="rejected", sentence="Group 9 is not there.")["why"] == "Group 9 is not there."
    assert desk(attempts=2)["reopened"] == 2
    assert "attempts" not in desk(attempts=2), "a task is not sent"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, None),
        ({"status": 422}, "status 422"),
        ({"status": 409, "field": "phone", "slug": "duplicate_phone"}, "status 409 about phone (duplicate_phone)"),
        ({"field": "cid"}, "about cid"),
        ({"status": 0, "slug": "x\u202ey"}, r"(x\u202ey)"),
    ],
)
def test_what_the_server_said_last(desk: Desk, answer: Document, said: str | None) -> None:
    assert desk(kind="hold", code="rejected", answer=answer)["answer"] == said


def changed(field: str, before: object, after: object) -> Document:
    """A field that was changed in Check&Place since both sides showed the same."""
    old, new = known(before), known(after)
    return FieldChange(
        field, "task", "row", "two-way", before=old, after=new, clopos=old, checkandplace=new, base_clopos=old,
        base_checkandplace=old,
    ).to_json()  # fmt: skip


def number(text: str) -> Document:
    return {"primary": text, "all": [text]}


def test_the_field_that_it_is_about_is_shown_whole_and_the_others_as_sent(desk: Desk) -> None:
    both = [
        changed("name", {"text": "Aysel"}, {"text": "Aysəl"}),
        changed("phone", number("+994551112233"), number("+994552000101")),
    ]
    about = desk(facts={"fields": both})
    assert (about["field"], about["title"], about["wanted"]) == ("phone", "Phone", "+994552000101")
    assert about["values"] == {"clopos": "+994551112233", "checkandplace": "+994552000101"}
    assert about["bases"] == {"clopos": "+994551112233", "checkandplace": "+994551112233"}
    assert "sent" not in about
    whole = desk(kind="hold", code="rejected", topic="update", facts={"fields": both})
    assert (whole["field"], whole["title"]) == (None, None)
    assert whole["sent"] == {"name": "Aysəl", "phone": "+994552000101"}
    (masked,) = desk.shows(entry(facts={"fields": both, "who": "Aysel Quliyeva"}), show_pii=False)
    assert "2000101" not in str(masked)
    assert "Quliyeva" not in str(masked)


@pytest.mark.parametrize(
    ("value", "shown", "masked"),
    [(None, None, None), (BLANK, "", ""), (unknown("ambiguous"), "(cannot be read)", "(cannot be read)"),
     (known(number("+994551112233")), "+994551112233", "+••••••••••33")],
    ids=["none", "blank", "unknown", "known"],
)  # fmt: skip
def test_a_value_is_shown_or_said_to_be_blank_or_unreadable(
    desk: Desk, value: Value | None, shown: str | None, masked: str | None
) -> None:
    """docs/api/README.md: value, blank, unknown. What cannot be read is nobody's secret."""
    assert Eyes.of(desk.settings, show_pii=True).value("phone", value) == shown
    assert Eyes.of(desk.settings, show_pii=False).value("phone", value) == masked


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 205])
def test_nobody_is_lost_between_two_batches(desk: Desk, count: int) -> None:
    shown = desk.shows(*(entry(id=number) for number in range(count)))
    assert [one["id"] for one in shown] == list(range(count))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "now"), (0, "now"), (59, "now"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86399, "23 h"),
     (86400, "1 day"), (2 * 86400 - 1, "1 day"), (2 * 86400, "2 days"), (40 * 86400, "40 days")],
)  # fmt: skip
def test_an_age_is_told_in_the_largest_whole_unit(seconds: int, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == text


def test_the_decisions_of_staff_are_told_in_order_the_last_one_signs(desk: Desk) -> None:
    said = [{"at": "2026-03-04T08:00:00+00:00", "who": who, "what": "noted"} for who in ("leyla", "rauf")]
    one = desk(facts={"staff": said}, note="asked her", resolution="different")
    assert [line["who"] for line in one["decisions"]] == ["leyla", "rauf"]
    assert one["decisions"][0]["at"] == "2026-03-04T12:00:00+04:00"
    assert (one["by"], one["decided"], one["note"]) == ("rauf", "different", "asked her")
    assert desk()["by"] is None
