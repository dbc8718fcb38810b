"""Alembic's environment: runs on the connection that `connector.state.migrate` hands in, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from connector.state import tables
from connector.state.migrations.rendering import render_item

assert tables.Pair.__tablename__  # the import fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=True,
    # SQLite alters no table in place: later migrations copy it; the first one has nothing to copy.
    render_as_batch=context.config.attributes.get("batch", True),
    render_item=render_item,
)
context.run_migrations()
