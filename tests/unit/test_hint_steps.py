"""What a report names as the next command about a proposal: by the guess of the review sheet."""

from __future__ import annotations

import pytest

from connector.domain.hints import Hint, LinkingRules, step_of

STEPS = [
    (Hint.LIKELY, None, "connector links accept p7"),
    (Hint.LIKELY, True, "connector links accept p7"),
    (Hint.LIKELY, False, "connector links show p7"),  # of two guests with this number the other one fits better
    (Hint.UNCLEAR, None, "connector links show p7"),  # one family, or one person under two names
    (Hint.UNLIKELY, None, "connector links reject p7"),  # a number that was passed on
    (Hint.UNLIKELY, False, "connector links show p7"),
    (None, None, "connector links show p7"),  # kept by an older version, without a hint
]


@pytest.mark.parametrize(("hint", "best", "step"), STEPS)
def test_the_step_follows_the_guess(hint: Hint | None, best: bool | None, step: str) -> None:
    assert step_of(7, hint.value if hint else None, best) == step


def test_the_guess_follows_the_thresholds_of_the_mapping() -> None:
    rules = LinkingRules(likely_same=80, likely_different=60)
    assert [step_of(1, rules.hint(strength).value).split()[2] for strength in (85, 70, 30)] == [
        "accept", "show", "reject",
    ]  # fmt: skip
