"""Why a file cannot be written, in words, and what to type then."""

from __future__ import annotations

import errno
from pathlib import PurePosixPath

import pytest

from connector.domain.places import free_name, way_out, why_unreadable, why_unwritable

PATH = PurePosixPath("my reports/plan.json")
WHY = {
    errno.ENOENT: "the folder my reports does not exist",
    errno.ENOTDIR: "my reports is no folder",
    errno.EACCES: "you may not write into the folder my reports",
    errno.EPERM: "you may not write into the folder my reports",
    errno.EEXIST: "it exists already",
    errno.EISDIR: "it is a folder",
    errno.EROFS: "this disk can only be read",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk's quota is used up",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the disk failed",
    errno.EBUSY: "as the system says it",
}


@pytest.mark.parametrize(("number", "why"), WHY.items(), ids=[errno.errorcode[number] for number in WHY])
def test_every_reason_has_its_words_and_a_way_out(number: int, why: str) -> None:
    error = OSError(number, "as the system says it")
    assert why_unwritable(error, PATH) == why
    made = "mkdir -p 'my reports', then the same command again"
    assert way_out(error, PATH, "another") == (made if number == errno.ENOENT else "another")


def test_a_disk_that_says_nothing() -> None:
    assert why_unwritable(OSError(), PATH) == "the disk does not say why"


@pytest.mark.parametrize(
    ("taken", "free"),
    [([], "plan.json"), (["plan.json"], "plan-2.json"), (["plan.json", "plan-2.json"], "plan-3.json")],
)
def test_a_free_name_counts_up(taken: list[str], free: str) -> None:
    assert free_name(PATH, lambda path: path.name in taken) == PATH.with_name(free)


UNREADABLE: list[tuple[OSError | UnicodeError, str]] = [
    (FileNotFoundError(errno.ENOENT, ""), "there is no such file"),
    (NotADirectoryError(errno.ENOTDIR, ""), "there is no such folder"),
    (IsADirectoryError(errno.EISDIR, ""), "it is a folder"),
    (PermissionError(errno.EACCES, ""), "you may not read it"),
    (OSError(errno.EIO, ""), "the disk failed"),
    (OSError(errno.EBUSY, "as the system says it"), "as the system says it"),
    (OSError(), "the disk does not say why"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, ""), "it is not UTF-8 text"),
]


@pytest.mark.parametrize(("error", "why"), UNREADABLE, ids=[why for _error, why in UNREADABLE])
def test_what_cannot_be_read_has_its_words(error: OSError | UnicodeError, why: str) -> None:
    assert why_unreadable(error) == why
