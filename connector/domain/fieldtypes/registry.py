"""Every kind of value a mapping may name. A new kind is one file and one line here."""

from __future__ import annotations

from connector.domain.fieldtypes.base import FieldType
from connector.domain.fieldtypes.date import DateType
from connector.domain.fieldtypes.email import EmailType
from connector.domain.fieldtypes.gender import GenderType
from connector.domain.fieldtypes.group import GroupType
from connector.domain.fieldtypes.identifier import IdentifierType
from connector.domain.fieldtypes.name import NameType
from connector.domain.fieldtypes.phone import PhoneType
from connector.domain.fieldtypes.shown import FlagType, ShownType
from connector.domain.fieldtypes.text import NoteType, TextType

_KINDS: tuple[FieldType, ...] = (
    NameType(),
    PhoneType(),
    EmailType(),
    GenderType(),
    GroupType(),
    NoteType(),
    TextType(),
    DateType(),
    IdentifierType(),
    FlagType(),
    ShownType(),
)

FIELD_TYPES: dict[str, FieldType] = {kind.name: kind for kind in _KINDS}
"""Field types by the name that a mapping uses."""
