"""What random histories found, each as the few things that it came down to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.people import CHECKANDPLACE, CLOPOS, SIDES
from tests.soak.promises import broken
from tests.soak.story import Story

ORXAN, GUNEL, LALE = "Orxan Quliyev", "Günel Səfərova", "Lalə Vəliyeva"
TURAL, SEVDA = "Tural Nəsirov", "Sevda Rzayeva"


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


@pytest.mark.parametrize("side", [CLOPOS, CHECKANDPLACE])
@pytest.mark.parametrize("cleared", ["long before", "before", "after"])
def test_a_record_typed_over_with_a_guest_is_asked_about_also_without_a_number(
    story: Story, side: str, cleared: str
) -> None:
    """The number was emptied before another guest was typed over the record, or that guest's own was: nothing is left
    that the record and its partner share."""
    if cleared != "after":
        story.clear(side, ORXAN, "phone")
    if cleared == "long before":
        story.rest()
    story.type_over((side,), ORXAN, LALE, 0)
    if cleared == "after":
        story.clear(side, LALE, "phone")
    if cleared == "before":
        story.clear(side, GUNEL, "phone")  # of somebody else, which is only an emptied field
    story.rest()
    assert broken(story) == []
    asked = [row["topic"] for row in story.bench.queue() if row["kind"] == "task"]
    assert asked == ["link-disputed"]


def test_a_guest_typed_in_twice_is_no_new_customer_when_the_first_record_has_a_new_number(story: Story) -> None:
    """Tural has two records on Check&Place; the linked one gets a new number, and the other one keeps the old one."""
    story.double(CHECKANDPLACE, TURAL)
    story.rest()
    story.renumber(CHECKANDPLACE, TURAL, 3)
    story.renumber(CLOPOS, TURAL, 3)
    story.rest()
    assert broken(story) == []
    assert len(story.found(CLOPOS, TURAL)) == 1
    assert [row["topic"] for row in story.bench.queue()] == ["shared-number"]


@pytest.mark.parametrize("side", SIDES)
def test_a_guest_in_review_is_not_made_anew_when_one_record_has_a_new_number(story: Story, side: str) -> None:
    """Sevda stands on both sides, spelled two ways, and before staff said that she is one she gets another number."""
    story.arrive(SIDES, SEVDA, 0, "Babayev")
    story.rest()
    story.renumber(side, SEVDA, 1)
    story.rest()
    assert broken(story) == []
    assert [len(story.found(at, SEVDA)) for at in SIDES] == [1, 1]
    assert len(story.proposals()) == 1
