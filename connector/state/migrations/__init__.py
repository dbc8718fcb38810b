"""The schema of the state, step by step, as Alembic migrations inside the package (no alembic.ini).

`HEAD` is the newest of `versions/`; a test holds it equal, so that a start needs no look at the scripts.
Until the first release there is one migration, made anew from the tables after every change of them:

    python -m connector.state.migrations.regenerate
"""

HEAD = "0001"
