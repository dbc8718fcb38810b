"""Staff at the queues: they know who is who (the truth labels) and decide what they like of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connector.engine.staff import Decided, Desk, NotPossible
from connector.engine.staff_links import accept_link, accept_proposal, reject_link, reject_proposal
from connector.engine.staff_queue import Take, answer_it_is, answer_not_there, ignore, resolve, retry, tick
from connector.state.core import load
from tests.soak.people import CLOPOS, label

if TYPE_CHECKING:
    from tests.soak.story import Story

WAYS = ("clopos", "checkandplace", "different", "tick", "type", "ignore", "retry")
"""What staff may have in mind; each line of a queue takes what it can of it."""

Deed = Callable[[Desk, Connection], Decided]


def answer(story: Story, place: int, how: str) -> str | None:
    """Work on the line at this place of all queues together. Returns what was done, None where nothing was."""
    lines = _lines(story)
    if not lines:
        return None
    kind, row = lines[place % len(lines)]
    deed, what = _deed(story, kind, row, how)
    if deed is None:
        return what
    try:
        story.bench.decide(deed)
    except NotPossible as refused:
        return f"refused {refused.code}"
    link = _link(story, row)
    if link is not None:
        story.diary.decided(link)
    return what


def _lines(story: Story) -> list[tuple[str, Any]]:
    return [(row["kind"], row) for row in story.bench.queue()] + [("proposal", row) for row in story.proposals()]


def _deed(story: Story, kind: str, row: Any, how: str) -> tuple[Deed | None, str | None]:
    """(the decision, its name); no decision where staff only type, or can say nothing."""
    number = row["id"]
    if kind == "proposal":
        same = _one_person(story, row)
        deed = accept_proposal if same else reject_proposal
        return (lambda d, c: deed(d, c, number)), f"proposal {'accepted' if same else 'rejected'}"
    topic, code = row["topic"], row["code"]
    if topic in ("link-disputed", "link-superseded"):
        same, link = _one_person(story, row), _link(story, row) or 0
        about = accept_link if same or (topic == "link-superseded" and how == "clopos") else reject_link
        if topic == "link-superseded" and about is accept_link and not _heir_is_same(story, row):
            return None, None
        return (lambda d, c: about(d, c, link)), f"{topic} {'accepted' if about is accept_link else 'rejected'}"
    if kind == "hold" and code == "in-doubt":
        return _in_doubt(story, row)
    if kind == "hold":
        if how == "retry":
            return (lambda d, c: retry(d, c, number)), f"hold {code} retried"
        return (lambda d, c: ignore(d, c, number)), f"hold {code} ignored"
    if kind in ("task", "conflict") and how != "different" and not _one_person(story, row):
        return None, None  # a value is asked for, and the record is somebody else's by now: they see that
    if kind == "task" and how == "type":
        return None, _type(story, row)
    if kind == "task" and how in ("tick", "checkandplace"):
        return (lambda d, c: tick(d, c, number)), "task ticked"
    if how in ("ignore", "retry", "tick", "type"):
        return (lambda d, c: ignore(d, c, number, kind)), f"{kind} ignored"
    return (lambda d, c: resolve(d, c, number, Take(how), kind)), f"{kind} {how}"


def _in_doubt(story: Story, row: Any) -> tuple[Deed | None, str | None]:
    """Staff look in the back office: the record that the request made, if there is one."""
    side = row["side"]
    source = row["checkandplace_record_id"] if side == CLOPOS else row["clopos_record_id"]
    person = _person(story, source)
    made = [
        key for (at, key), who in story.world.labels().items()
        if (at, who) == (side, person) and story.diary.listed(side, key)
        and story.diary.record(side, key).origin == "api"
    ]  # fmt: skip
    if made:
        return (lambda d, c: answer_it_is(d, c, row["id"], made[0])), "in-doubt it is"
    return (lambda d, c: answer_not_there(d, c, row["id"])), "in-doubt not there"


def _type(story: Story, row: Any) -> str | None:
    """Staff do what a task says: Check&Place's value goes into Clopos."""
    clopos, guest = _remote(story, row["clopos_record_id"]), _remote(story, row["checkandplace_record_id"])
    there = guest is not None and guest in story.world.checkandplace.customers
    if clopos is None or not there or row["topic"] not in ("name", "phone", "email"):
        return None
    visitor = story.world.checkandplace.customers[str(guest)]
    fields: dict[str, Any]
    if row["topic"] == "name":
        fields = {"name": " ".join(part for part in (visitor.first_name, visitor.last_name) if part)}
    elif row["topic"] == "phone":
        digits = visitor.primary_phone_number
        fields = {"phone": f"+{digits}" if digits else None}
    else:
        fields = {"email": visitor.email}
    if not story.diary.listed(CLOPOS, clopos):
        return None
    return "task typed" if story._edit(CLOPOS, clopos, fields) else "task not typed"


def _heir_is_same(story: Story, row: Any) -> bool:
    """Whether the record that the vanished one was merged into, is the partner's person."""
    heir = load(row["facts_json"]).get("survivor_row")
    if heir is None:
        return True
    people = {_person(story, row["clopos_record_id"]), _person(story, row["checkandplace_record_id"])}
    return _person(story, heir) in people and len(people) == 1


def _one_person(story: Story, row: Any) -> bool:
    both = {_person(story, row["clopos_record_id"]), _person(story, row["checkandplace_record_id"])}
    return len(both) == 1 and None not in both


def _link(story: Story, row: Any) -> int | None:
    rows = story.bench.rows(
        "SELECT id FROM link WHERE clopos_record_id = :c AND checkandplace_record_id = :p ORDER BY id DESC",
        c=row["clopos_record_id"], p=row["checkandplace_record_id"],
    )  # fmt: skip
    return int(rows[0]["id"]) if rows else None


def _remote(story: Story, row: int | None) -> str | None:
    rows = story.bench.rows("SELECT remote_id FROM record WHERE id = :r", r=row)
    return str(rows[0]["remote_id"]) if rows else None


def _person(story: Story, row: int | None) -> str | None:
    rows = story.bench.rows("SELECT side, remote_id FROM record WHERE id = :r", r=row)
    return story.world.labels().get((rows[0]["side"], rows[0]["remote_id"])) if rows else None


def nothing_left(story: Story, side: str, key: str, field: str) -> bool:
    """Whether this would leave another guest without a number in a record that was last read without one: who is in it
    now no reading could tell from a rename."""
    read = story.bench.rows(
        "SELECT r.name AS name, count(k.key) AS held FROM record r "
        "LEFT JOIN record_key k ON k.record_id = r.id AND k.kind = 'phone' "
        "WHERE r.side = :side AND r.remote_id = :key GROUP BY r.id, r.name", side=side, key=key,
    )  # fmt: skip
    if field != "phone" or not read or read[0]["held"]:
        return False
    return label(str(read[0]["name"])) != story.world.labels()[side, key]
