"""What an examination says of a pair: what failed and what to do, what was found out, what is still assumed."""

from __future__ import annotations

import pytest

from connector.cli.examined import Examined, print_end, print_open, print_pair
from connector.engine.doctor import Check, Genders, Verdict
from connector.sides.port import Finding
from tests.cli.test_documents_told import told


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("", "All is well. Next: connector diff"), ("ok ok", "All is well. Next: connector diff"),
        ("ok warn", "All is well (1 remark). Next: connector diff"),
        ("warn warn", "All is well (2 remarks). Next: connector diff"), ("ok fail warn", "1 check failed."),
        ("fail fail", "2 checks failed."),
    ],
)  # fmt: skip
def test_the_last_line_of_an_examination(verdicts: str, said: str) -> None:
    assert told(print_end, [Check("x", Verdict(word), "y") for word in verdicts.split()]) == [said]


def test_a_pair_is_examined_in_words_and_lines_to_paste() -> None:
    each = Examined(
        "main", "live", [Check("checkandplace.reach", Verdict.FAIL, "No answer.", "connector doctor --verbose")],
        {"clopos": [Finding("CL-03", "Is the order kept?", "yes", settled=True),
                    Finding("CL-10", "Who is deleted?", "nobody", settled=False)], "checkandplace": []},
        [Check("clopos.create", Verdict.OK, "as sent")],
        Genders({(1, "male"): 12, (2, "female"): 1}, {"1": "male"}),
    )  # fmt: skip
    shown = told(print_pair, each)
    assert shown[:3] == ["Pair main (live)", "FAIL Check&Place reach No answer.", "Next: connector doctor --verbose"]
    assert "CL-03 Is the order kept?: yes" in shown
    assert "CL-10 Who is deleted?: nobody (still assumed)" in shown
    assert "What Check&Place really does" not in shown, "nothing was found out about it"
    assert "ok Clopos create as sent" in shown
    assert shown[-2:] == ["[pairs.main.gender]", '2 = "female" # seen on 1 guest']


def test_points_that_are_open_are_counted_and_listed_when_asked_for() -> None:
    points = {"main": {"CP-20": "PATCH", "CL-03": "sort"}, "bakery": {"CP-01": "list"}}
    few = told(print_open, points, verbose=False)
    assert few == [
        "Pair main: 2 points of the two APIs still rest on assumptions (--verbose lists them).",
        "Pair bakery: 1 point of the two APIs still rests on assumptions (--verbose lists them).",
    ]
    assert told(print_open, points, verbose=True)[1:3] == ["CL-03 sort", "CP-20 PATCH"]
