"""A plain page of sections with tables: doubles, the story of one person. Self-contained and safe like the report."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import IO

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from connector.report.safe import visible
from connector.report.words import words

MADE = "Made by the Clopos and Check&Place connector. This file needs no network and sends nothing."


@dataclass(frozen=True, slots=True)
class PageSection:
    """A heading, sentences below it, and a table (no rows: none)."""

    title: str
    texts: Sequence[str] = ()
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    count: int | None = None


@dataclass(frozen=True)
class Page:
    """`clear`: whether guests are shown in the clear, which the top and the foot say; `closing`: other sentences for
    the foot, in the page's `language` (BCP 47). Sections may be walked once."""

    title: str
    headline: str
    subtitle: str
    sections: Iterable[PageSection]
    clear: bool
    language: str = "en"
    closing: tuple[str, ...] = ()

    @property
    def foot(self) -> tuple[str, ...]:
        said = words("en").say("clear" if self.clear else "masked")
        return self.closing or (said, MADE)


def write_page(page: Page, stream: IO[str]) -> None:
    """Writes the page to a text stream, part by part."""
    style = _file("style.css")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = _template().stream(
        page=page, policy=policy,
        style=Markup(style),  # noqa: S704 - our own file, not a value
    )  # fmt: skip
    parts.enable_buffering(64)
    for part in parts:
        stream.write(part)


def _harmless(value: object) -> object:
    return visible(value, 10_000) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_harmless, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_file("page.html.j2"))


@cache
def _file(name: str) -> str:
    return resources.files("connector.report").joinpath("templates", name).read_text(encoding="utf-8")
