"""When a pair is due, and for what: tables in real zones, properties over any history."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.service.timing import Cadence, Due, Kind, Last, jitter, next_due, patience, stale_after

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BAKU = ZoneInfo("Asia/Baku")
BERLIN = ZoneInfo("Europe/Berlin")
CADENCE = Cadence(5 * MINUTE, 15 * MINUTE, time(4, 30), BAKU)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOON = utc("2026-03-10T12:00")  # 16:00 in Baku; its last 04:30 was 00:30 UTC
FULL = utc("2026-03-10T00:30")


@pytest.mark.parametrize(
    ("case", "last", "at", "kind"),
    [
        ("never ran", Last(), "12:00", Kind.FULL),
        ("only a full run is missing", Last(NOON, NOON, None), "12:00", Kind.FULL),
        ("everything just done", Last(NOON, NOON, FULL), "12:05", Kind.QUICK),
        ("quick is due now", Last(NOON - 5 * MINUTE, NOON - 5 * MINUTE, FULL), "12:00", Kind.QUICK),
        ("quick is overdue", Last(NOON - 9 * MINUTE, NOON - 9 * MINUTE, FULL), "11:56", Kind.QUICK),
        ("the listing is due with it", Last(NOON - 5 * MINUTE, NOON - 15 * MINUTE, FULL), "12:00", Kind.BOTH),
        ("the listing is due before", Last(NOON - MINUTE, NOON - 13 * MINUTE, FULL), "12:02", Kind.BOTH),
        ("yesterday's full run was missed", Last(NOON, NOON, FULL - timedelta(days=1)), "00:30", Kind.FULL),
        ("a full run of a minute too early", Last(NOON, NOON, FULL - MINUTE), "00:30", Kind.FULL),
        ("a listing never, quick just now", Last(NOON, None, FULL), "12:00", Kind.BOTH),
        ("a write in doubt", Last(NOON, NOON - MINUTE, FULL, 0, NOON), "12:01", Kind.BOTH),
        ("in doubt, listed in the same run", Last(NOON, NOON + SECOND, FULL, 0, NOON), "12:01", Kind.BOTH),
        ("in doubt, and listed once since", Last(NOON, NOON, FULL, 0, NOON - MINUTE), "12:01", Kind.BOTH),
        ("the second listing decided nothing", Last(NOON, NOON, FULL, 0, NOON - 3 * MINUTE), "12:02", Kind.BOTH),
        ("in doubt for hours: as often as ever", Last(NOON, NOON, FULL, 0, FULL), "12:05", Kind.QUICK),
        ("in doubt and failing: the pause stands", Last(NOON, NOON - MINUTE, FULL, 3, NOON), "12:20", Kind.BOTH),
        ("in doubt since tomorrow, by a wrong clock", Last(NOON, NOON, FULL, 0, NOON + 9 * MINUTE), "12:01", Kind.BOTH),
    ],
)
def test_due(case: str, last: Last, at: str, kind: Kind) -> None:
    assert next_due(CADENCE, last, NOON) == Due(utc(f"2026-03-10T{at}"), kind), case


@pytest.mark.parametrize(
    ("case", "zone", "full", "last", "expected"),
    [
        ("a day later", BAKU, time(4, 30), "2026-03-10T00:30", "2026-03-11T00:30"),
        ("a late run does not shift the hour", BAKU, time(4, 30), "2026-03-10T09:00", "2026-03-11T00:30"),
        ("west of Greenwich", ZoneInfo("America/New_York"), time(4, 30), "2026-01-10T09:30", "2026-01-11T09:30"),
        ("the hour is skipped in spring", BERLIN, time(2, 30), "2026-03-28T01:30", "2026-03-29T01:30"),
        ("the day after it", BERLIN, time(2, 30), "2026-03-29T01:30", "2026-03-30T00:30"),
        ("the hour comes twice in autumn: first", BERLIN, time(2, 30), "2026-10-24T00:30", "2026-10-25T00:30"),
        ("and the second is none", BERLIN, time(2, 30), "2026-10-25T00:30", "2026-10-26T01:30"),
        ("the offset changes at another hour", BERLIN, time(4, 30), "2026-03-28T03:30", "2026-03-29T02:30"),
        ("midnight", BAKU, time(0, 0), "2026-03-10T20:00", "2026-03-11T20:00"),
    ],
)
def test_the_full_run_comes_once_a_day_by_the_clock_on_the_wall(
    case: str, zone: ZoneInfo, full: time, last: str, expected: str
) -> None:
    began = utc(last)
    cadence = Cadence(timedelta(days=9), timedelta(days=9), full, zone)
    assert next_due(cadence, Last(began, began, began), began + MINUTE) == Due(utc(expected), Kind.FULL), case


def test_a_full_run_by_interval() -> None:
    cadence = Cadence(5 * MINUTE, 15 * MINUTE, timedelta(hours=6), UTC)
    assert next_due(cadence, Last(NOON, NOON, NOON - timedelta(hours=7)), NOON).kind is Kind.FULL
    assert next_due(cadence, Last(NOON, NOON, NOON - timedelta(hours=5)), NOON).kind is Kind.QUICK


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 5), (1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (6, 60), (1000, 60)]
)
def test_failures_are_answered_with_patience(failures: int, minutes: int) -> None:
    assert patience(5 * MINUTE, failures) == minutes * MINUTE
    last = Last(NOON, NOON - 20 * MINUTE, FULL - timedelta(days=2), failures)
    assert next_due(CADENCE, last, NOON + MINUTE) == Due(
        NOON + minutes * MINUTE if failures else FULL - timedelta(days=1), Kind.FULL
    )


def test_a_long_interval_is_never_shortened_by_patience() -> None:
    assert patience(timedelta(hours=3), 4) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("kind", "failed", "expected"),
    [
        (Kind.QUICK, False, Last(NOON, FULL, FULL, 0)),
        (Kind.BOTH, False, Last(NOON, NOON, FULL, 0)),
        (Kind.FULL, False, Last(NOON, NOON, NOON, 0)),
        (Kind.QUICK, True, Last(NOON, FULL, FULL, 3)),
        (Kind.FULL, True, Last(NOON, NOON, NOON, 3)),
    ],
)
def test_what_a_run_counts_for(kind: Kind, failed: bool, expected: Last) -> None:
    assert Last(FULL, FULL, FULL, 2).after(kind, NOON, failed=failed) == expected


def test_a_clock_set_back_silences_nobody() -> None:
    future = NOON + timedelta(days=300)
    due = next_due(CADENCE, Last(future, future, future), NOON)
    assert due.at == NOON + 5 * MINUTE


@pytest.mark.parametrize(
    ("quick", "share", "expected"),
    [
        (MINUTE, 0.0, timedelta(0)),
        (MINUTE, 1.0, timedelta(seconds=6)),
        (MINUTE, 0.5, timedelta(seconds=3)),
        (timedelta(hours=10), 1.0, timedelta(seconds=30)),
    ],
)
def test_jitter(quick: timedelta, share: float, expected: timedelta) -> None:
    assert jitter(quick, share) == expected


def test_stale() -> None:
    assert stale_after(CADENCE) == 15 * MINUTE
    assert stale_after(Cadence(20 * MINUTE, 20 * MINUTE, time(1), UTC)) == 60 * MINUTE


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
cadences = st.builds(
    Cadence,
    st.timedeltas(timedelta(seconds=10), timedelta(days=1)),
    st.timedeltas(timedelta(seconds=10), timedelta(days=2)),
    st.one_of(st.times(), st.timedeltas(timedelta(minutes=10), timedelta(days=7))),
    st.sampled_from([UTC, BAKU, BERLIN, ZoneInfo("America/St_Johns")]),
)
lasts = st.builds(Last, *[st.none() | moments] * 3, st.integers(0, 30))


@given(cadences, lasts, moments)
def test_a_run_settles_its_due_time(cadence: Cadence, last: Last, now: datetime) -> None:
    due = next_due(cadence, last, now)
    began = max(due.at, now)
    again = next_due(cadence, last.after(due.kind, began, failed=False), began)
    shortest = min(cadence.quick, cadence.checkandplace)
    if isinstance(cadence.full, timedelta):
        shortest = min(shortest, cadence.full)
    # Not at once again, save for a kind that the run did not count for; and never later than the quick interval.
    assert again.at > began or again.kind is not due.kind
    assert again.at <= began + cadence.quick
    if due.kind is Kind.FULL and isinstance(cadence.full, timedelta):
        assert again.at >= began + shortest


@given(cadences, moments, st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_history_always_goes_forward(cadence: Cadence, start: datetime, failed: list[bool]) -> None:
    last, now, began = Last(), start, []
    for outcome in failed:
        due = next_due(cadence, last, now)
        now = max(now, due.at)
        began.append(now)
        last = last.after(next_due(cadence, last, now).kind, now, failed=outcome)
    assert began == sorted(set(began)), "two runs of one moment"
