"""A report as one self-contained page: no network, readable without scripts, on paper, in the dark and on a phone.

Safe against what guests are called: Jinja2 escapes every value, the page's content security policy lets only its own
style and script run (by their digests) and loads nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import IO

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from connector.domain.plan import Entry, EntryKind
from connector.report import charts, story
from connector.report.lines import Line, Lines
from connector.report.model import Report
from connector.report.safe import visible
from connector.report.sections import Section, by_reason, filled, listed, not_done
from connector.report.words import words

LIMIT = 1000
"""Entries of a part that a page lists unless all are asked for: some 600 bytes each, and browsers stay quick."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section as the template sees it: `lines` can be walked once, `reasons` are (sentence, side, count);
    `why`: whether its entries have something to say beside their changes."""

    key: str
    title: str
    text: str
    count: int
    more: int
    form: str
    why: bool
    lines: Iterator[Line]
    reasons: tuple[tuple[str, str, int], ...] = ()


def write_html(report: Report, stream: IO[str]) -> None:
    """Writes the page to a text stream, part by part."""
    for part in stream_html(report):
        stream.write(part)


def stream_html(report: Report) -> Iterator[str]:
    """The page in parts of some kilobytes."""
    catalogue = words(report.language)
    parts = filled(report)
    context = {
        "report": report,
        "header": report.header,
        "say": catalogue.say,
        "lang": catalogue.code,
        "style": Markup(_file("style.css")),  # noqa: S704 - our own file, not a value
        "script": Markup(_file("script.js")),  # noqa: S704 - our own file, not a value
        "policy": _policy(),
        "title": story.title(report),
        "headline": story.headline(report),
        "cards": story.cards(report),
        "facts": story.facts(report),
        "overlap": charts.overlap(report),
        "amounts": charts.amounts(report),
        "failed": _failed(report),
        "asks": [_part(report, section, count) for section, count in parts if section.asks],
        "changes": [_part(report, section, count) for section, count in parts if _changes(section)],
        "rest": [
            _part(report, section, count) for section, count in parts if not section.asks and not _changes(section)
        ],
        "fields": list(dict.fromkeys(view.title for view in report.fields.values())),
    }
    stream = _template().stream(context)
    stream.enable_buffering(64)
    yield from stream


def _changes(section: Section) -> bool:
    return section.kind in (EntryKind.UPDATE, EntryKind.CREATE)


def _part(report: Report, section: Section, count: int) -> Part:
    catalogue = words(report.language)
    limit = report.limit if report.limit is not None else count
    lines = Lines(report)
    reasons = (
        tuple(
            (catalogue.reason(section.kind.value, reason), side if section.kind is EntryKind.SKIP else "", number)
            for reason, side, number in by_reason(report, section)
        )
        if section.grouped
        else ()
    )
    return Part(
        key=section.key,
        title=catalogue.say(f"section.{section.key}"),
        text=catalogue.say(f"section.{section.key}.text"),
        count=count,
        more=max(count - limit, 0),
        form=_form(section.kind),
        why=not _changes(section) or not report.header.dry,
        lines=(lines.line(entry) for entry in listed(report, section)),
        reasons=reasons,
    )


def _form(kind: EntryKind) -> str:
    """How the template lays out an entry: `before` and after, both `sides`, `new` values, or `reason` alone."""
    if kind in (EntryKind.UPDATE, EntryKind.TASK):
        return "before"
    if kind is EntryKind.CREATE:
        return "new"
    return "sides" if kind in (EntryKind.CONFLICT, EntryKind.SETTLE, EntryKind.HOLD, EntryKind.NOT_SENT) else "reason"


def _failed(report: Report) -> Part | None:
    """Operations of a run that did not go through."""
    say = words(report.language).say
    found: list[Entry] = list(not_done(report))
    if not found:
        return None
    lines = Lines(report)
    return Part(
        "not_done", say("section.not_done"), say("section.not_done.text"), len(found), 0, "before", True,
        (lines.line(entry) for entry in found),
    )  # fmt: skip


def _harmless(value: object) -> object:
    """The last net below `Lines`: whatever text is put into the page, from wherever, is visible text."""
    return visible(value, 10_000) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy() -> str:
    """The content security policy: nothing from outside, our own style and script by digest."""
    style, script = (
        b64encode(hashlib.sha256(_file(name).encode()).digest()).decode() for name in ("style.css", "script.js")
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _template() -> Template:
    names = ("report.html.j2", "parts.html.j2")
    environment = Environment(
        loader=DictLoader({name: _file(name) for name in names}), autoescape=True, undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment.get_template("report.html.j2")


@cache
def _file(name: str) -> str:
    return resources.files("connector.report").joinpath("templates", name).read_text(encoding="utf-8")
