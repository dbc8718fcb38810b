"""The readers of both sides stand what servers send: the kept corpus, some thousands of new inputs, and the failures
that fuzzing found before, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.values import CHECKANDPLACE, CLOPOS
from tests.fuzz.inputs import CORPUS
from tests.fuzz.readers import Tally, read_everything, read_login
from tests.fuzz.rounds import STATUSES, fuzz

KEPT = sorted(path.name for path in CORPUS.iterdir())


@pytest.mark.parametrize("name", KEPT)
def test_the_corpus_is_stood(name: str) -> None:
    body = (CORPUS / name).read_bytes()
    for status in sorted(set(STATUSES)):
        read_everything(body, Tally(), status=status, header="99999999999999999999")
    read_login(body)


@pytest.mark.parametrize(
    ("name", "rows", "bad"),
    [
        ("clopos-page.json", 2, 0),
        ("checkandplace-page.json", 2, 0),
        ("deep-nesting.json", 1, 0),
        ("half-an-emoji.json", 1, 1),
        ("nan-and-infinity.json", 1, 1),
        ("broken-times.json", 1, 0),
        ("numbers-beyond-64-bits.json", 1, 0),
        ("numbers-larger-than-any-float.json", 1, 0),
        ("control-characters-in-an-id.json", 1, 1),
        ("deeper-than-any-stack.json", 0, 0),
    ],
)
def test_what_is_wrong_costs_its_own_row_alone(name: str, rows: int, bad: int) -> None:
    tally = Tally()
    read_everything((CORPUS / name).read_bytes(), tally)
    assert (tally.rows, tally.bad_rows) == (rows, bad)


def test_some_thousand_new_inputs(tmp_path: Path) -> None:
    """The long form is `make fuzz N=1000000`."""
    told = fuzz(3_000, seed=20, found=tmp_path)
    assert told.tally.inputs >= 3_000
    assert told.tally.rows > 100, "not only what is no JSON at all"
    assert told.peak_mb - told.early_mb < 64
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_does_not_stand_an_input_is_caught_and_the_input_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fuzzer itself can fail: a reader that gives up at a certain letter is found within a few hundred inputs."""

    def brittle(body: bytes, tally: Tally, **_: object) -> None:
        tally.inputs += 1
        if b"NaN" in body:
            raise RecursionError

    monkeypatch.setattr("tests.fuzz.rounds.read_everything", brittle)
    with pytest.raises(RecursionError):
        fuzz(4_000, seed=1, found=tmp_path)
    assert all(b"NaN" in path.read_bytes() for path in tmp_path.iterdir())
    assert list(tmp_path.iterdir())


def test_both_sides_are_read() -> None:
    assert {CLOPOS, CHECKANDPLACE} == {"clopos", "checkandplace"}
    for name in ("clopos-single.json", "checkandplace-single.json"):
        tally = Tally()
        read_everything((CORPUS / name).read_bytes(), tally)
        assert tally.rows >= 1
