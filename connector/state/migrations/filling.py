"""New columns that may not be empty, in tables that have rows: added empty, filled with the default, then closed.

The defaults of the tables are Python's (a row is written whole), so the database cannot fill them by itself, and a
plain `ADD COLUMN ... NOT NULL` is refused by both databases as soon as there is a row. A column with a `server_default`
needs nothing of this: it is added in place, without a copy of the table.
"""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import renderers, rewriter
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from sqlalchemy import Column, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

fill_new_columns = rewriter.Rewriter()


class FillColumn(ops.MigrateOperation):
    """One UPDATE: every row of `table` gets `value` in `column`. Only written down, never run from here."""

    def __init__(self, table: str, column: Column[Any], value: object) -> None:
        self.table, self.column, self.value = table, column, value


@fill_new_columns.rewrites(ops.ModifyTableOps)
def _in_three_steps(_context: Any, _revision: Any, op: ops.ModifyTableOps) -> list[ops.MigrateOperation]:
    """The changes of one table, with the steps around every new column that may not be empty.

    Raises ValueError for a column whose rows could not be filled: it has no default.
    """
    steps: list[ops.MigrateOperation] = [op]
    closing: list[ops.MigrateOperation] = []
    for number, change in enumerate(op.ops):
        if not isinstance(change, ops.AddColumnOp):
            continue
        column = change.column
        if column.nullable or column.server_default is not None:
            continue
        default = column.default
        if default is None or not isinstance(default, ScalarElementColumnDefault):
            raise ValueError(f"{op.table_name}.{column.name}: a new column that may not be empty needs a default")
        steps.append(FillColumn(op.table_name, column, default.arg))
        closing.append(ops.AlterColumnOp(
            op.table_name, column.name, existing_type=column.type, existing_nullable=True, modify_nullable=False
        ))  # fmt: skip
        op.ops[number] = ops.AddColumnOp(op.table_name, _open(column))
    if closing:
        steps.append(ops.ModifyTableOps(op.table_name, closing))
    return steps


def _open(column: Column[Any]) -> Column[Any]:
    """The same column, for now without NOT NULL."""
    copy: Column[Any] = Column(column.name, column.type, nullable=True)
    Table("anywhere", column.table.metadata.__class__(), copy)
    return copy


@renderers.dispatch_for(FillColumn)
def _render_fill(context: AutogenContext, op: FillColumn) -> str:
    kind = _type(op.column, context)
    place = f"sa.table({op.table!r}, sa.column({op.column.name!r}, {kind}))"
    return f"op.execute({place}.update().values({{{op.column.name!r}: {op.value!r}}}))"


def _type(column: Column[Any], context: AutogenContext) -> str:
    """The type of a column as source text, by the same renderer as everywhere in a migration."""
    from alembic.autogenerate.render import _repr_type

    return str(_repr_type(column.type, context))
