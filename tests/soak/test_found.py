"""What random histories found, each as the few things that it came down to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.people import CHECKANDPLACE, CLOPOS
from tests.soak.promises import broken
from tests.soak.story import Story

ORXAN, GUNEL = "Orxan Quliyev", "Günel Səfərova"


@pytest.fixture
def story() -> Iterator[Story]:
    told = Story()
    told.run("backfill")
    yield told
    told.close()


def test_a_link_does_not_move_to_somebody_who_only_got_the_number(story: Story) -> None:
    """Günel is deleted on Check&Place, Orxan has her number there by now, and his own Clopos record goes: then hers is
    not his, though his partner is gone and he looks like the record that hers was merged into (CP-48)."""
    story.leave(CHECKANDPLACE, GUNEL)
    story.rest()
    story.take_over(CHECKANDPLACE, GUNEL, ORXAN)
    story.rest()
    story.leave(CLOPOS, ORXAN)
    story.rest()
    assert broken(story) == []
    asked = [row["topic"] for row in story.bench.queue() if row["kind"] == "task"]
    assert sorted(asked) == ["link-broken", "link-superseded"]
