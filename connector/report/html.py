"""A report as a self-contained page: no network, readable without scripts, on paper, in the dark and on a phone.

Safe against what guests are called: Jinja2 escapes every value, the page's content security policy lets only its own
style and script run (by their digests) and loads nothing. What the first page has no room for goes to further pages of
the same kind, where the caller gives a `shelf` to put them on; without one it is counted, and the page says so.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import IO, Any, Protocol

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from connector.report import charts, story
from connector.report.model import Report
from connector.report.parts import NOT_DONE, Chunk, Link, Part, chunks, lines_of, parts_of
from connector.report.safe import visible
from connector.report.words import words


class Shelf(Protocol):
    """Where further pages are kept. `overview`: the first page's address as they see it."""

    overview: str

    def address(self, name: str) -> str:
        """The address of a further page as the first page sees it."""

    def put(self, name: str, parts: Iterator[str]) -> None:
        """Keeps a further page."""


def write_html(report: Report, stream: IO[str], shelf: Shelf | None = None) -> None:
    """Writes the first page to a text stream, part by part, and before it the further pages to the shelf."""
    for part in stream_html(report, shelf):
        stream.write(part)


def stream_html(report: Report, shelf: Shelf | None = None) -> Iterator[str]:
    """The first page in parts of some kilobytes; the further pages are on the shelf when the first of them comes."""
    parts = parts_of(report)
    frame = _frame(report)
    for part in parts:
        _fill(report, part, shelf, frame)
    context = {
        **frame,
        "headline": story.headline(report),
        "notes": story.notes(report),
        "cards": story.cards(report),
        "facts": story.facts(report),
        "overlap": charts.overlap(report),
        "amounts": charts.amounts(report),
        "failed": next((part for part in parts if part.key == NOT_DONE), None),
        "asks": [part for part in parts if part.asks],
        "changes": [part for part in parts if part.changes],
        "rest": [part for part in parts if not part.asks and not part.changes and part.key != NOT_DONE],
        "parted": any(part.links for part in parts),
        "cut": any(part.more for part in parts),
    }
    yield from _stream(_template("report.html.j2"), context)


def _frame(report: Report) -> dict[str, Any]:
    """What every page of a report says of it."""
    catalogue = words(report.language)
    return {
        "report": report,
        "header": report.header,
        "say": catalogue.say,
        "lang": catalogue.code,
        "style": Markup(_file("style.css")),  # noqa: S704 - our own file, not a value
        "script": Markup(_file("script.js")),  # noqa: S704 - our own file, not a value
        "policy": _policy(),
        "title": story.title(report),
        "fields": list(dict.fromkeys(view.title for view in report.fields.values())),
    }


def _fill(report: Report, part: Part, shelf: Shelf | None, frame: dict[str, Any]) -> None:
    """Makes the part's rows: the first ones stay with it, the others become further pages."""
    row: Any = _module().row  # type: ignore[attr-defined]  # a macro of the template
    say = words(report.language).say
    found = chunks(((line, row(part, line, say)) for line in lines_of(report, part)), part.room)
    first = next(found)
    part.rows = first.rows
    shown = first.last
    if not first.end and shelf is not None and report.limit is None:
        for number, chunk in enumerate(found, 2):
            link = _further(part, number, chunk, shelf, frame)
            part.links.append(link)
            shown = link.last
    part.more = max(part.count - shown, 0)


def _further(part: Part, number: int, chunk: Chunk, shelf: Shelf, frame: dict[str, Any]) -> Link:
    name = _name(part, number)
    link = Link(shelf.address(name), chunk.first, chunk.last, chunk.begins, chunk.ends)
    context = {
        **frame, "part": part, "link": link, "rows": chunk.rows,
        "overview": f"{shelf.overview}#{part.key}",
        "before": _name(part, number - 1) if number > 2 else "",
        "after": "" if chunk.end else _name(part, number + 1),
    }  # fmt: skip
    shelf.put(name, _stream(_template("further.html.j2"), context))
    return link


def _name(part: Part, number: int) -> str:
    return f"{part.key}-{number:03d}.html"


def _stream(template: Template, context: dict[str, Any]) -> Iterator[str]:
    stream = template.stream(context)
    stream.enable_buffering(64)
    return iter(stream)


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
def _environment() -> Environment:
    names = ("report.html.j2", "parts.html.j2", "further.html.j2")
    environment = Environment(
        loader=DictLoader({name: _file(name) for name in names}), autoescape=True, undefined=StrictUndefined,
        finalize=_harmless, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _module() -> object:
    return _template("parts.html.j2").module


@cache
def _file(name: str) -> str:
    return resources.files("connector.report").joinpath("templates", name).read_text(encoding="utf-8")
