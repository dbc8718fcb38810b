"""Alembic's environment: runs on the connection that `connector.state.migrate` hands in, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from connector.state import tables
from connector.state.migrations.filling import fill_new_columns
from connector.state.migrations.rendering import render_item

assert tables.Pair.__tablename__  # the import fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata", SQLModel.metadata),
    compare_type=True,
    compare_server_default=True,
    render_as_batch=True,  # SQLite alters no table in place: it is copied, with its partial indexes
    render_item=render_item,
    process_revision_directives=fill_new_columns,
)
context.run_migrations()
