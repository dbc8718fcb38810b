"""The promises can fail: every broken engine is seen by them, in a history that the sound engine keeps."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from tests.soak.mutants import MUTANTS, Mutant
from tests.soak.promises import broken
from tests.soak.story import Story

SOUND = list({mutant.history.__name__: mutant for mutant in MUTANTS}.values())
"""One for each history."""


def breaches(mutant: Mutant, engine: AbstractContextManager[None]) -> list[str]:
    """What the mutant's history breaks with this engine."""
    story = Story(mutant.circumstances)
    try:
        with engine:
            mutant.history(story)
            return broken(story)
    except AssertionError as breach:  # what a history checks on its way: rest, and dry runs
        return [str(breach)]
    finally:
        story.close()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_engine_is_caught(mutant: Mutant) -> None:
    assert any(mutant.says in breach for breach in breaches(mutant, mutant.at_work()))


@pytest.mark.parametrize("mutant", SOUND, ids=lambda mutant: mutant.history.__name__)
def test_the_same_history_is_kept_by_the_engine_as_it_is(mutant: Mutant) -> None:
    assert breaches(mutant, nullcontext()) == []
