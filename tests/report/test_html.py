"""The page: well-formed, self-contained, and safe against whatever guests are called."""

from __future__ import annotations

import hashlib
import io
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from connector.domain.plan import Entry, EntryKind
from connector.report.html import write_html
from connector.report.model import Report
from tests.report.sample import ENTRIES, HEADER, OBJECTION, change, name, run_outcome, sample

VOID = {"meta", "input", "br", "link", "img", "rect", "path"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></script><svg onload=alert(1)>",
    "'; alert(1); //",
    "{{ 7 * 7 }}{% if x %}",
    "\u202egnp.exe\u2066",
    "tab\x00\x1b[31m",
    "lone \ud800 surrogate",
]


def page(report: Report) -> str:
    stream = io.StringIO()
    write_html(report, stream)
    return stream.getvalue()


class Tree(HTMLParser):
    """Checks the nesting and collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = {"script": self.scripts, "style": self.styles}.get(self.open[-1] if self.open else "", self.texts)
        where.append(data)

    def all(self, name: str) -> list[str]:
        return [values[name] or "" for _, values in self.attributes if name in values]


def live() -> Report:
    header = replace(HEADER, kind="backfill", dry=False, state="partly", objections=(OBJECTION,))
    return sample(header=header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1})


@pytest.mark.parametrize("report", [sample(), sample(show_pii=True, limit=None), live(), sample([])],
                         ids=["masked", "clear", "live", "empty"])  # fmt: skip
def test_well_formed_and_accessible(report: Report) -> None:
    tree = Tree(page(report))
    ids = tree.all("id")
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in tree.all("href")} <= set(ids)
    assert set(tree.all("aria-labelledby")) <= set(ids)
    tags = [tag for tag, _ in tree.attributes]
    assert tags.count("h1") == 1
    assert all(after - before <= 1 for before, after in zip(tree.headings, tree.headings[1:], strict=False))
    assert tags.count("table") == tags.count("caption") == tags.count("thead")
    assert all(values.get("scope") for tag, values in tree.attributes if tag == "th")
    assert dict(tree.attributes[0:1]) == {"html": {"lang": "en"}}
    for tag, values in tree.attributes:
        if tag == "svg":
            assert values.get("aria-hidden") == "true" or values.get("aria-label")


def test_nothing_comes_from_outside_and_only_our_own_script_runs() -> None:
    text = page(sample(show_pii=True))
    tree = Tree(text)
    assert not {"src", "style", "onclick", "onload", "onerror", "action"} & {n for _, v in tree.attributes for n in v}
    assert not re.search(r"(?i)https?://|url\(|@import", text)
    policy = next(v["content"] or "" for t, v in tree.attributes if v.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind, sources in (("script", tree.scripts), ("style", tree.styles)):
        assert len(sources) == 1
        digest = b64encode(hashlib.sha256(sources[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_are_text(evil: str) -> None:
    entries = [
        Entry(EntryKind.LINK, None, evil, "2", who=evil, reason="phone_and_name",
              facts={"other_name": evil, "facts": [evil]}),
        Entry(EntryKind.CONFLICT, None, "1", "2", who=evil, reason=evil, next_step=evil, sentence=evil,
              fields=(change(evil, clopos=name(evil), checkandplace=name("x"), row=evil, setting=evil),)),
    ]  # fmt: skip
    text = page(sample(entries, replace(HEADER, pair=evil, next_step=evil), show_pii=True))
    text.encode("utf-8")
    calm, tree = Tree(page(sample(entries[:0], HEADER))), Tree(text)
    assert len(tree.scripts) == len(calm.scripts) == 1
    assert not {"onerror", "onload", "src"} & {n for _, v in tree.attributes for n in v}
    assert not any(letter in text for letter in "\x00\x1b\u202e\u2066")
    assert "7 * 7" not in evil or "{{ 7 * 7 }}" in text


def test_masked_and_clear() -> None:
    masked, clear = page(sample()), page(sample(show_pii=True))
    secrets = ["Məmmədova", "Babayev", "+994551112234", "orxan@example.com", "Elchin", "Kaya"]
    assert [secret for secret in secrets if secret in re.sub(r"</?(del|ins|mark)>", "", masked)] == []
    assert all(secret in re.sub(r"</?(del|ins|mark|span)>", "", clear) for secret in secrets)
    assert "Names and numbers are masked" in masked
    assert "personal data" in clear


def test_changed_letters_are_marked_on_both_sides() -> None:
    text = page(sample([ENTRIES[12]], show_pii=True))
    assert "+99455111223<del>3</del>" in text
    assert "+99455111223<ins>4</ins>" in text
    assert '<span class="blank">(blank)</span>' in text


def test_outcomes_of_a_run() -> None:
    text = page(live())
    assert 'id="not_done"' in text
    assert "The server refused these values." in text
    assert "Clopos <b>4711</b>" in text  # the id of a created record
    assert OBJECTION.sentence not in text  # the operator's yes settled it: the run went on
    assert OBJECTION.sentence in page(
        sample(header=replace(HEADER, dry=False, state="refused", objections=(OBJECTION,)))
    )


def test_limits_are_told() -> None:
    many = [replace(ENTRIES[12], clopos_id=str(number)) for number in range(30)]
    text = page(sample(many, limit=10))
    assert text.count("<tr data-part") == 10
    assert "and 20 more" in text
    assert page(sample(many, limit=None)).count("<tr data-part") == 30
