"""The schema of the state, step by step, as Alembic migrations inside the package (no alembic.ini).

`RELEASED` is the newest migration that a database in the field may have run: it and those before it are never edited
again. What the tables got since is one further migration, made anew after every change of them (and gone when the
tables are again what the released ones make):

    python -m connector.state.migrations.regenerate

The same command rewrites `HEAD`, the newest of `versions/`, so that a start needs no look at the scripts. A release
sets `RELEASED` to `HEAD`; the next change of the tables then begins the next migration.
"""

RELEASED = "0001"
HEAD = "0002"
