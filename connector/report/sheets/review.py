"""The review sheet as values: its headings and rows, the same for XLSX and CSV. Always in the clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.domain.mapping import Mapper
from connector.domain.values import CHECKANDPLACE, CLOPOS, Json, SideName, Value
from connector.engine.review import Answer, Case, Reading
from connector.report.words import Words
from connector.state.records import Stored

ANSWER, REMARK = "answer", "remark"
COLUMNS = (
    "group", ANSWER, "hint", "why", "clopos_name", "checkandplace_name", "clopos_phone", "checkandplace_phone",
    "clopos_email", "checkandplace_email", "clopos_seen", "checkandplace_seen", REMARK, "clopos_id", "checkandplace_id",
)  # fmt: skip
"""The visible columns, in order: what is to be compared stands side by side. Their headings are `head.*`."""
HIDDEN = ("#pair", "#reading", "#proposal", "#seal")
"""The hidden columns behind them: what a row must still agree with. Their headings are the same in all languages."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The top of a sheet, and what its texts are made with. `file`: its name, for the sentence that says what to type
    when it is filled in; `at` aware, shown in `zone`."""

    pair: str
    reading: Reading
    at: datetime
    zone: ZoneInfo
    mapper: Mapper
    words: Words
    file: str

    def top(self, count: int) -> tuple[str, str, str, str]:
        """Title, the warning that it shows personal data, how it is filled in, and where it comes from."""
        say = self.words.say
        when = f"{self.at.astimezone(self.zone):%Y-%m-%d %H:%M}"
        return (
            say("title"), say("clear"), say("how", file=self.file, **answers(self.words)),
            say("made", pair=self.pair, when=when, n=count),
        )  # fmt: skip

    def headings(self) -> list[str]:
        return [*(self.words.say(f"head.{name}") for name in COLUMNS), *HIDDEN]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: text per column, `group` for the shading."""

    group: int
    cells: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """In the order of the headings."""
        return [self.cells.get(name, "") for name in (*COLUMNS, *HIDDEN)]


def answers(words: Words) -> dict[str, str]:
    """Answer -> its word in this language."""
    return {answer.value: words.say(f"answer.{answer.value}") for answer in Answer}


def line(sheet: Sheet, case: Case) -> Line:
    """One case as a row."""
    cells = {
        "group": str(case.group),
        "hint": hint(sheet.words, case.proposal.evidence),
        "why": why(sheet.words, case.proposal.why, [str(fact) for fact in case.proposal.evidence.get("facts", ())]),
        "#pair": sheet.pair, "#reading": str(sheet.reading), "#proposal": f"p{case.proposal.id}", "#seal": case.seal,
    }  # fmt: skip
    for side, record in ((CLOPOS, case.clopos), (CHECKANDPLACE, case.checkandplace)):
        cells |= {f"{side.value}_{name}": text for name, text in _person(sheet, side, record).items()}
    return Line(case.group, cells)


def hint(words: Words, evidence: Mapping[str, Json]) -> str:
    """What the evidence suggests, and whether this is the likeliest of several candidates; "" for an old proposal."""
    key = f"hint.{evidence.get('hint')}"
    said = [words.say(key)] if key in words.texts else []
    if evidence.get("others"):
        said.append(words.say("hint.best" if evidence.get("best") else "hint.others"))
    return "; ".join(said)


def why(words: Words, code: str, facts: Sequence[str]) -> str:
    """What decided, as a sentence, and the facts behind it, in the sheet's language; a fact that the catalogue does not
    know stands as it is."""
    key = f"why.{code}"
    sentence = words.say(key) if key in words.texts else code.replace("_", " ").replace("-", " ")
    return f"{sentence} ({'; '.join(dict.fromkeys(words.fact(one) for one in facts))})" if facts else sentence


def _person(sheet: Sheet, side: SideName, record: Stored) -> dict[str, str]:
    """id, name, phones, e-mail and last activity of one record."""
    traits = record.customer.traits
    seen = _day(traits.updated_at or traits.created_at, sheet.zone)
    visits = sheet.words.say("visits", n=traits.activity) if side is CLOPOS and traits.activity else ""
    return {
        "id": record.id,
        "seen": ", ".join(part for part in (seen, visits) if part),
        **{name: _shown(sheet, name, record.customer.field(name)) for name in ("name", "phone", "email")},
    }


def _day(moment: str | None, zone: ZoneInfo) -> str:
    """A time of the state (ISO 8601, UTC) as a day where the restaurant is."""
    try:
        at = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return ""
    return f"{at.astimezone(zone):%Y-%m-%d}" if at is not None and at.tzinfo is not None else ""


def _shown(sheet: Sheet, name: str, value: Value) -> str:
    spec = sheet.mapper.mapping.field(name)
    if spec is None or value.is_blank or value.warning == "not_on_this_side":
        return ""
    if value.is_unknown:
        return sheet.words.say("unknown")
    first = spec.kind.show(value)
    more = value.data.get("all", ()) if isinstance(value.data, dict) else ()
    return ", ".join(dict.fromkeys([first, *(number for number in more if number not in first)]))
