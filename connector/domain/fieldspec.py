"""What the mapping file says, as values: fields, how each side spells them, and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connector.domain.fieldtypes.base import FieldType
from connector.domain.hints import LinkingRules
from connector.domain.values import SideName


class Rule(StrEnum):
    """How a field is merged (docs/ARCHITECTURE.md, "The merge, whole"; vectors, `merge`, M3)."""

    TWO_WAY = "two-way"
    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"
    FILL_BLANK = "fill-blank"
    IGNORE = "ignore"


class OnLink(StrEnum):
    """A new link whose two sides differ."""

    KEEP = "keep"
    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"
    ASK = "ask"


class OnConflict(StrEnum):
    """Both sides changed to different values."""

    ASK = "ask"
    CLOPOS = "clopos"
    CHECKANDPLACE = "checkandplace"


class OnClear(StrEnum):
    """One side changed to blank."""

    KEEP = "keep"
    SEND = "send"


class Cosmetic(StrEnum):
    """A name's spelling changed, the name did not (vectors, N4)."""

    SETTLE = "settle"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class SideSpec:
    """A field on one side. Every mapping is role -> attribute of the side's record or body.

    `writer` is None where the side never takes the field; `create` and `update` are None where that request does not
    carry it.
    """

    reader: str
    read: Mapping[str, str]
    writer: str | None = None
    create: Mapping[str, str] | None = None
    update: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One canonical field. A side that does not have it is missing from `sides`. `title` is its name for people."""

    name: str
    kind: FieldType
    rule: Rule
    sides: Mapping[SideName, SideSpec]
    on_link: OnLink = OnLink.KEEP
    on_conflict: OnConflict = OnConflict.ASK
    on_clear: OnClear = OnClear.KEEP
    cosmetic: Cosmetic = Cosmetic.SETTLE
    title: str = ""

    @property
    def type(self) -> str:
        """The name of the field's type."""
        return self.kind.name

    @property
    def compared(self) -> bool:
        """Does the merge look at this field at all?"""
        return self.rule is not Rule.IGNORE

    def side(self, side: SideName) -> SideSpec | None:
        """How `side` spells the field; None where it does not have it."""
        return self.sides.get(side)


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A whole mapping file: the fields in their order, and per side the attributes of the traits (trait -> attribute).

    `file` names it in reports; `linking` are the thresholds of what staff review.
    """

    fields: tuple[FieldSpec, ...]
    traits: Mapping[SideName, Mapping[str, str]] = field(default_factory=dict)
    file: str = ""
    linking: LinkingRules = field(default_factory=LinkingRules)

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name, if the mapping has it."""
        return next((spec for spec in self.fields if spec.name == name), None)
