"""How the tables' types are written down in a migration: as plain SQLAlchemy, so that an old one never depends on
what `connector.state.tables` says today."""

from __future__ import annotations

from typing import Any, Literal

from sqlmodel.sql.sqltypes import AutoString

from connector.state.tables import UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """The source text of a type of ours; False leaves an item to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False
