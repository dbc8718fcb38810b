"""The long mode's notes: what was played counts, and every failure is told with the command that repeats it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.soak.__main__ import campaign, summary

HELD = {"seed": 4, "counts": {"histories": 20, "runs": 90, "fault drop_after": 3}, "failure": None, "story": []}
FAILED = {"seed": 9, "counts": {"histories": 7, "runs": 30, "fault drop_after": 1},
          "failure": "AssertionError: doubled", "story": ["run backfill done", "rest"]}  # fmt: skip


def test_what_is_in_the_notes_is_not_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = tmp_path / "soak.jsonl"
    notes.write_text(json.dumps(HELD) + "\n", encoding="utf-8")
    assert campaign(20, 1, 4, 20, notes) == 0
    assert notes.read_text(encoding="utf-8").count("\n") == 1
    assert "20 histories, 90 runs, seeds 4 to 4, 0 failures" in capsys.readouterr().out


def test_a_failure_is_told_with_its_story_and_the_command_that_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert summary([HELD, FAILED], 20) == 1
    told = capsys.readouterr().out
    assert "27 histories, 120 runs, seeds 4 to 9, 1 failures" in told
    assert "4  fault drop_after" in told
    assert "seed 9: AssertionError: doubled\n  run backfill done\n  rest" in told
    assert "python -m tests.soak --seed 9 --batch 20" in told
