"""What `connector db check` must see beside the rows: a schema of which something is not there."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from connector.state.soundness import examine


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("DROP TABLE history", "history"),
        ("ALTER TABLE queue_entry RENAME COLUMN note TO remark", "queue_entry.note"),
    ],
)
def test_what_the_schema_lacks_is_found(engine: Engine, broken: str, named: str) -> None:
    """The revision says which tables were made once; somebody's clean-up with another tool leaves it as it is."""
    assert list(examine(engine)) == []
    with engine.begin() as connection:
        connection.execute(text(broken))
    (finding,) = examine(engine)
    assert (finding.code, finding.count) == ("schema", 1)
    assert named in finding.sentence
