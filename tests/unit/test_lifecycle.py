"""Gone, back, changed hands, merged away: the life of a link as a table (CL-10, CP-23, CP-47, CP-48)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.lifecycle import (
    ById,
    LinkDecision,
    LinkState,
    Move,
    Sight,
    changed_hands,
    judge,
    superseded,
    survivor,
)
from connector.domain.values import BLANK, CHECKANDPLACE, CLOPOS, Customer, Key, KeyKind, SideName, Traits, known

HERE_C, HERE_P = Sight(CLOPOS), Sight(CHECKANDPLACE)
ACTIVE, BROKEN, SUPERSEDED, DISPUTED = LinkState
GONE_P = Sight(CHECKANDPLACE, missing_scans=2)
GONE_C = Sight(CLOPOS, missing_scans=2, by_id=ById.NOT_FOUND)
DELETED_C = Sight(CLOPOS, deleted=True)
MERGED_P = Sight(CHECKANDPLACE, missing_scans=2, survivor="guest-2")
OTHER_C = Sight(CLOPOS, changed_hands="phone_and_name_changed")
AWAY = LinkDecision(SUPERSEDED, "merged_away", CHECKANDPLACE, task=True, survivor="guest-2")
ANONYM_P = Sight(CHECKANDPLACE, turned_anonym=True)


@pytest.mark.parametrize(
    ("state", "clopos", "checkandplace", "expected"),
    [
        (ACTIVE, HERE_C, HERE_P, LinkDecision(ACTIVE, merge=True)),
        # Gone: two complete scans, and a 404 by id where there is one; or deleted_at.
        (ACTIVE, HERE_C, Sight(CHECKANDPLACE, 1), LinkDecision(ACTIVE, "missing", CHECKANDPLACE)),
        (ACTIVE, HERE_C, GONE_P, LinkDecision(BROKEN, "gone", CHECKANDPLACE, task=True)),
        (ACTIVE, GONE_C, HERE_P, LinkDecision(BROKEN, "gone", CLOPOS, task=True)),
        (ACTIVE, DELETED_C, HERE_P, LinkDecision(BROKEN, "gone", CLOPOS, task=True)),
        (ACTIVE, Sight(CLOPOS, 2, ById.NOT_ASKED), HERE_P, LinkDecision(ACTIVE, "missing", CLOPOS, ask_by_id=True)),
        (ACTIVE, Sight(CLOPOS, 1, ById.NOT_ASKED), HERE_P, LinkDecision(ACTIVE, "missing", CLOPOS)),
        (ACTIVE, Sight(CLOPOS, 9, ById.FOUND), HERE_P, LinkDecision(ACTIVE, "missing", CLOPOS)),  # another venue, CL-09
        (ACTIVE, GONE_C, GONE_P, LinkDecision(BROKEN, "gone_on_both")),
        (BROKEN, HERE_C, GONE_P, LinkDecision(BROKEN, "gone", CHECKANDPLACE, task=True)),
        # Seen again under the same id: it heals, but not what staff broke.
        (BROKEN, HERE_C, HERE_P, LinkDecision(ACTIVE, "seen_again", merge=True)),
        (SUPERSEDED, HERE_C, HERE_P, LinkDecision(ACTIVE, "seen_again", merge=True)),
        (BROKEN, HERE_C, Sight(CHECKANDPLACE, 1), LinkDecision(BROKEN, "missing", CHECKANDPLACE)),
        (BROKEN, OTHER_C, HERE_P, LinkDecision(DISPUTED, "phone_and_name_changed", CLOPOS, task=True)),
        # Merged in the back office: the keys live on in one other record (CP-48).
        (ACTIVE, HERE_C, MERGED_P, AWAY),
        (ACTIVE, GONE_C, MERGED_P, LinkDecision(BROKEN, "gone_on_both")),
        # Changed hands.
        (ACTIVE, OTHER_C, HERE_P, LinkDecision(DISPUTED, "phone_and_name_changed", CLOPOS, task=True)),
        (ACTIVE, HERE_C, ANONYM_P, LinkDecision(DISPUTED, "turned_anonym", CHECKANDPLACE, task=True)),
        (ACTIVE, OTHER_C, GONE_P, LinkDecision(BROKEN, "gone", CHECKANDPLACE, task=True)),
        # Whose record it is, only staff can say: not even a deletion and a restoration settle it.
        (DISPUTED, HERE_C, HERE_P, LinkDecision(DISPUTED, "disputed", task=True)),
        (DISPUTED, HERE_C, GONE_P, LinkDecision(DISPUTED, "disputed", task=True)),
    ],
)  # fmt: skip
def test_table(state: LinkState, clopos: Sight, checkandplace: Sight, expected: LinkDecision) -> None:
    assert judge(state, (clopos, checkandplace)) == expected


def test_what_staff_broke_stays_broken() -> None:
    assert judge(BROKEN, (HERE_C, HERE_P), by_staff=True) == LinkDecision(BROKEN, "broken_by_staff")


def sights(side: SideName) -> st.SearchStrategy[Sight]:
    return st.builds(
        Sight,
        side=st.just(side),
        missing_scans=st.integers(0, 3),
        by_id=st.sampled_from(ById),
        deleted=st.booleans(),
        changed_hands=st.sampled_from([None, None, "cid_changed"]),
        turned_anonym=st.booleans(),
        survivor=st.sampled_from([None, "guest-2"]),
    )


@given(st.sampled_from(LinkState), sights(CLOPOS), sights(CHECKANDPLACE), st.booleans())
def test_only_what_both_sides_show_is_merged(state: LinkState, clopos: Sight, guest: Sight, by_staff: bool) -> None:
    decided = judge(state, (clopos, guest), by_staff=by_staff)
    if decided.merge:
        assert decided.state is ACTIVE
        assert clopos.seen
        assert guest.seen
    if ACTIVE in (state, decided.state) and decided.state is not state:
        assert decided.reason is not None
    if state is ACTIVE and clopos.missing_scans < 2 and guest.missing_scans < 2:
        assert decided.state is not BROKEN or clopos.deleted or guest.deleted, "one scan is no proof of absence"


@given(st.sampled_from(LinkState), sights(CLOPOS), sights(CHECKANDPLACE))
def test_the_same_facts_again_change_nothing_more(state: LinkState, clopos: Sight, guest: Sight) -> None:
    once = judge(state, (clopos, guest)).state
    assert judge(once, (clopos, guest)).state is once


UNREADABLE = "?"


def customer(
    phone: str = "", name: str = "", cid: str | None = None, email: str = "", record_id: str = "1"
) -> Customer:
    keys = [
        Key(kind, text) for kind, text in ((KeyKind.PHONE, phone), (KeyKind.NAME, name), (KeyKind.EMAIL, email)) if text
    ]
    fields = {} if phone == UNREADABLE else {"phone": known(phone) if phone else BLANK}
    fields["name"] = known({"text": name}) if name else BLANK
    return Customer(CLOPOS, record_id, fields, [key for key in keys if key.text != UNREADABLE], Traits(cid=cid))


AYSEL = customer("+1", "aysel", "c1")


@pytest.mark.parametrize(
    ("now", "partner", "reason"),
    [
        (AYSEL, None, None),
        (customer("+2", "rəşad", "c1"), None, "phone_and_name_changed"),  # typed over with another guest
        (customer("+2", "rəşad", "c1"), AYSEL, "phone_and_name_changed"),
        (customer("+2", "aysel", "c1"), None, None),  # a new number
        (customer("+1", "rəşad", "c1"), None, None),  # a new name
        (customer("", "rəşad", "c1"), None, "phone_and_name_changed"),  # typed over, the number not known yet
        (customer("", "rəşad", "c1"), customer("", "rəşad"), None),
        (customer("", "aysel", "c1"), None, None),  # cleared
        (customer("", "aysel məmmədova", "c1"), None, None),  # her surname came, and the number went
        (customer(UNREADABLE, "rəşad", "c1"), None, None),
        (customer("+2", "", "c1"), None, None),
        (customer("+2", "rəşad", "c1"), customer("+2", "rəşad"), None),  # we wrote it, or staff changed both
        (customer("+2", "rəşad", "c1"), customer("+9", "rəşad"), None),
        (customer("+1", "aysel", "c2"), None, "cid_changed"),
        (customer("+1", "aysel", "C1"), None, None),  # CL-46
        (customer("+1", "aysel", None), None, None),  # missing from the answer, CL-19
    ],
)
def test_changed_hands(now: Customer, partner: Customer | None, reason: str | None) -> None:
    assert changed_hands(AYSEL, now, partner) == reason


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([], "phone_and_name_changed"),
        ([Key(KeyKind.PHONE, "+9")], "phone_and_name_changed"),  # a third number is not ours
        ([Key(KeyKind.NAME, "+2")], "phone_and_name_changed"),
        ([Key(KeyKind.PHONE, "+2")], None),
        ([Key(KeyKind.EMAIL, "a@example.az"), Key(KeyKind.NAME, "rəşad")], None),
    ],
)
def test_what_we_sent_is_no_other_guest(sent: list[Key], reason: str | None) -> None:
    assert changed_hands(AYSEL, customer("+2", "rəşad", "c1"), customer("+3", "tural"), iter(sent)) == reason


def test_an_e_mail_that_stayed_says_who_it_is() -> None:
    before, now = customer("", "aysel", "c1", "a@example.az"), customer("+2", "rəşad", "c1", "a@example.az")
    assert changed_hands(before, now, None) is None
    assert changed_hands(before, customer("+2", "rəşad", "c1", "r@example.az"), None) == "phone_and_name_changed"


@pytest.mark.parametrize(
    ("before", "partner", "reason"),
    [
        (customer("", "", "c1"), None, None),  # the name was blank
        (customer("", "aysel", "c1"), None, None),  # the number came
        (customer("", "rəşad", "c1"), None, "phone_and_name_changed"),  # a number came with another name
        (customer("", "rəşad", "c1"), customer("+1", "rəşad"), None),  # the number is the partner's
        (customer(UNREADABLE, "rəşad", "c1"), None, None),
    ],
)
def test_changed_hands_of_one_without_a_number(before: Customer, partner: Customer | None, reason: str | None) -> None:
    assert changed_hands(before, AYSEL, partner) == reason


@pytest.mark.parametrize(
    ("by_phone", "by_email", "heir"),
    [
        ([], [], None),
        (["2"], [], "2"),
        (["2"], ["2"], "2"),
        (["1", "2"], ["1"], "2"),  # the vanished record itself does not count
        (["2"], ["3"], None),  # perhaps either
        (["2", "3"], [], None),
    ],
)
def test_survivor(by_phone: list[str], by_email: list[str], heir: str | None) -> None:
    held = {"+1": by_phone, "a@example.com": by_email, "aysel": ["7"]}
    vanished = customer("+1", "aysel", email="a@example.com")
    assert survivor(vanished, lambda key: held[key.text]) == heir


@pytest.mark.parametrize(
    ("own_gone", "survivors_gone", "move"),
    [
        (False, False, Move.STAYS),
        (False, None, Move.STAYS),  # a survivor without a partner: staff decide
        (False, True, Move.MOVES),
        (True, False, Move.ENDS),
        (True, True, Move.ENDS),
    ],
)
def test_a_superseded_link_moves_when_one_partner_is_gone_too(
    own_gone: bool, survivors_gone: bool | None, move: Move
) -> None:
    assert superseded(own_partner_gone=own_gone, survivor_partner_gone=survivors_gone) is move
