"""The promises of docs/ARCHITECTURE.md as questions to a history that came to rest: each answers with its breaches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from tests.soak.people import CLOPOS, shown
from tests.soak.seen import told
from tests.soak.story import Story

CONSENT_WORDS = ("allow", "permit", "consent", "blacklist")


def nothing_broken_on_the_way(story: Story) -> list[str]:
    """Promise 1 (and 7, an erased person never comes back): what the diary noted while it happened, whatever became of
    it later: doubles, edits that were overwritten, numbers given to two, the erased who came back."""
    return list(dict.fromkeys(story.diary.breaches))


def links_join_one_person(story: Story) -> list[str]:
    """Promise 1: no two people are taken for one."""
    return [f"{c} and {p} are two people" for c, p in story.bench.wrong_links()]


def edits_arrived_or_ask(story: Story) -> list[str]:
    """Promise 1: an edit of a linked record is on the other side, or in a queue, or was decided by staff."""
    asked = {
        (row["clopos_record_id"], row["checkandplace_record_id"], row["topic"])
        for row in story.bench.queue()
    }  # fmt: skip
    numbers = {(row["side"], row["remote_id"]): row["id"] for row in story.bench.rows("SELECT * FROM record")}
    partners, missing = story.partners(), []
    stopped = any(
        row["code"] == "patch-replaces" for row in story.bench.queue()
    )  # staff are asked: no update till then
    for (side, key, name), edit in story.diary.edits.items():
        if stopped and side == CLOPOS:
            continue
        other = partners.get((side, key))
        if other is None or edit.link is None or edit.settled or story.seen.link_of(side, key, name) != edit.link:
            continue
        here, there = story.diary.record(side, key), story.diary.record(*other)
        if shown(side, here, name) != edit.value or not edit.value or shown(*_of(other, there), name) == edit.value:
            continue
        clopos, guest = ((side, key), other) if side == CLOPOS else (other, (side, key))
        if (numbers[clopos], numbers[guest], name) not in asked:
            missing.append(f"{name} of {side} {key} is {edit.value!r}, and {other} never heard of it")
    return missing


def _of(record: tuple[str, str], shown_record: object) -> tuple[str, object]:
    return record[0], shown_record


def history_keeps_everything(story: Story) -> list[str]:
    """Promise 3: what a request of ours overwrote stands in the history, or in the note of the request."""
    kept: set[tuple[str, str, str]] = set()
    rows = story.bench.rows(
        "SELECT r.remote_id AS id, h.field AS field, h.before_json AS text FROM history h "
        "JOIN record r ON r.id = h.checkandplace_record_id WHERE h.side = 'checkandplace'"
    )
    for row in rows:
        kept.add((row["id"], row["field"], told(row["field"], json.loads(row["text"] or "{}").get("value"))))
    for row in story.bench.rows("SELECT target_id AS id, facts_json AS text FROM intent WHERE state <> 'done'"):
        for change in json.loads(row["text"]).get("fields", []):
            kept.add((row["id"], change["field"], told(change["field"], change.get("before"))))
    return [
        f"{gone.field} {gone.before!r} of {gone.record} was overwritten and is in no history"
        for gone in story.diary.overwritten
        if (gone.record, gone.field, gone.before) not in kept
    ]


def consent_is_never_ours(story: Story) -> list[str]:
    """Promise 7: no request carries a consent, and none changed by a request."""
    sent = [
        f"{entry.method} {entry.path} carries {name}"
        for entry in story.world.log.entries if isinstance(entry.body, dict) and entry.method in ("POST", "PATCH")
        for name in entry.body if any(word in name for word in CONSENT_WORDS)
    ]  # fmt: skip
    return sent + [f"the consent of {key} changed by a request" for key in story.diary.raised_consents()]


def nobody_is_gone_who_is_there(story: Story) -> list[str]:
    """Promise 5: absence is concluded of nobody whom the listing shows."""
    gone = {
        (row["side"], row["remote_id"])
        for row in story.bench.rows("SELECT side, remote_id FROM record WHERE gone_at IS NOT NULL")
    }  # fmt: skip
    return [f"{side} {key} is taken for gone" for side, key in story.diary.alive() if (side, key) in gone]


def one_partner_each(story: Story) -> list[str]:
    """A record is in one active link at most."""
    links = story.bench.links()
    sides = (Counter(c for c, _p in links), Counter(p for _c, p in links))
    rows = story.bench.rows("SELECT count(*) AS n FROM link WHERE state = 'active'")[0]["n"]
    twice = [f"{key} stands in {count} links" for held in sides for key, count in held.items() if count > 1]
    return twice + ([f"{rows} active links, {len(links)} pairs"] if rows != len(links) else [])


PROMISES: tuple[Callable[[Story], list[str]], ...] = (
    nothing_broken_on_the_way, links_join_one_person, edits_arrived_or_ask, history_keeps_everything,
    consent_is_never_ours, nobody_is_gone_who_is_there, one_partner_each,
)  # fmt: skip
"""Promise 2 (quiet in two runs) is `Story.rest`, promise 4 (dry means dry) is `Story.run` of a diff."""


def broken(story: Story) -> list[str]:
    """Every breach of every promise, each with the name of its question."""
    return [f"{promise.__name__}: {breach}" for promise in PROMISES for breach in promise(story)]
