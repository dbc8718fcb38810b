"""`-o`: earlier results are replaced, anything else that stands there is not, and nobody waits for a result that has no
place: it is refused before a request is sent."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.config.mapping import default_mapping_path
from connector.domain.errors import ExitCode
from tests.cli.workplace import Said, Workplace, workplace

COMMANDS = [
    ("diff",), ("diff", "--format", "json"), ("sync",), ("backfill", "--yes"), ("undo", "1"), ("runs", "show", "1"),
    ("tasks", "list"), ("holds", "list"), ("conflicts", "list"), ("duplicates",),
    ("explain", "x"), ("links", "review"),
]  # fmt: skip
"""Every command that takes `-o`, but for backups, which replace nothing at all."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("outfile"), clopos=12, checkandplace=12, shared=6) as place:
        yield place.backfilled()


def refused(place: Workplace, *words: str) -> Said:
    """A command that ends before anything is asked of a server."""
    mark = place.requests
    said = place.type(*words)
    assert place.sent(mark) == []
    assert said.out == ""
    return said


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_settings_mapping_and_state_are_never_overwritten(lived: Workplace, words: tuple[str, ...]) -> None:
    mapping = lived.folder / "customer.toml"
    mapping.write_bytes(default_mapping_path().read_bytes())
    for path in (lived.config, mapping, lived.folder / "connector.db"):
        path.chmod(0o600)
        before = path.read_bytes()
        said = refused(lived, *words, "-o", str(path))
        assert said.code == ExitCode.FAILED, said
        assert f"{path} is there already and is no report or plan of this program, so it is not overwritten" in said.err
        assert f"Next: the same command with -o {path.with_stem(path.stem + '-2')}" in said.err
        kept = 16 if path.suffix == ".db" else None  # what a run left beside a database is merged into it at any time
        assert path.read_bytes()[:kept] == before[:kept]


@pytest.mark.parametrize("words", [*COMMANDS, ("db", "backup")], ids=" ".join)
def test_no_file_is_called_like_a_pipe(
    lived: Workplace, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lived.folder)
    said = refused(lived, *words, "-o", "-")
    assert said.code == ExitCode.USAGE
    assert "- is no file's name" in said.err
    assert not (lived.folder / "-").exists()


FOREIGN: dict[str, bytes] = {
    "a list of somebody's.csv": b"\xef\xbb\xbfName,Phone\r\n",
    "plain.csv": b"Name,Phone\n",
    "package.json": b'{\n  "name": "x"\n}\n',
    "empty object.json": b"{}\n",
    "page.html": b"<!doctype html>\n<html><body>mine</body></html>\n",
    "notes.txt": b"milk, bread\n",
    "notes.md": b"# Notes\n",
    ".env": b"SECRET=x\n",
    "id": b"-----BEGIN PRIVATE KEY-----\n",
    "state.txt": b"SQLite format 3\x00",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_somebody_else_wrote_stays(lived: Workplace, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FOREIGN[name])
    path.chmod(0o644)
    said = refused(lived, "diff", "-o", str(path))
    assert said.code == ExitCode.FAILED
    assert "is not overwritten" in said.err
    assert path.read_bytes() == FOREIGN[name]
    if path.suffix != ".csv":  # a table's beginning says little; of the others no right on the file makes them ours
        path.chmod(0o600)
        assert refused(lived, "diff", "-o", str(path)).code == ExitCode.FAILED


def test_a_workbook_of_somebody_stays(lived: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "guests.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    path.chmod(0o644)
    assert refused(lived, "links", "review", "-o", str(path)).code == ExitCode.FAILED
    assert zipfile.is_zipfile(path)


def test_our_own_results_are_replaced_as_ever(lived: Workplace, tmp_path: Path) -> None:
    results = {
        "diff": ["r.html", "r.md", "r.xlsx", "r", "plan.json"], "diff --mask-pii": ["m.csv", "m.txt"],
        "diff --format json": ["report"], "runs show 1": ["run.json"], "tasks list --language az": ["t.html", "t.csv"],
        "holds list": ["h.json"], "duplicates": ["d.json"], "links review": ["s.xlsx", "s.csv"],
    }  # fmt: skip
    for words, names in results.items():
        for name in names:
            path = tmp_path / name
            path.touch()  # an empty file is nobody's
            for _again in range(2):
                said = lived.type(*words.split(), "-o", str(path))
                assert said.code in (ExitCode.DONE, ExitCode.DIFFERENCES), (words, name, said.err)
                assert path.stat().st_size > 0
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = tmp_path / "r.html"
    page.chmod(0o644)  # shown around
    assert lived.type("diff", "-o", str(page)).code == ExitCode.DONE


def test_places_where_nothing_can_be_written(lived: Workplace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "r.txt").symlink_to(tmp_path / "nowhere" / "x")
    for name, why in {
        "no/r.html": f"the folder {tmp_path}/no does not exist", ".": "it is a folder",
        "file/r.html": f"{tmp_path}/file is no folder", "r.txt": "is a link that leads nowhere",
    }.items():  # fmt: skip
        said = refused(lived, "sync", "-o", f"{tmp_path}/{name}")
        assert said.code == ExitCode.FAILED
        assert why in said.err
        assert "Next: " in said.err
    said = refused(lived, "diff", "-o", "/dev/null")
    assert "is no ordinary file" in said.err
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    ("words", "name"),
    [(("diff",), "r.html"), (("diff",), "plan.json"), (("sync",), "r.csv"), (("backfill", "--yes"), "r.html")],
)
def test_of_several_pairs_the_file_of_each_is_looked_at_first(
    tmp_path: Path, words: tuple[str, ...], name: str
) -> None:
    with workplace(tmp_path, clopos=2, checkandplace=2, shared=1, second_pair=True) as place:
        foreign = tmp_path / f"{Path(name).stem}-other{Path(name).suffix}"
        foreign.write_text("mine")
        said = refused(place, *words, "-o", str(tmp_path / name))
        assert said.code == ExitCode.FAILED
        assert f"{foreign} is there already" in said.err
        assert foreign.read_text() == "mine"


def test_a_backup_says_why_not_and_under_which_name(lived: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    assert lived.type("db", "backup", "-o", str(path)).code == ExitCode.DONE
    before = path.read_bytes()
    again = lived.type("db", "backup", "-o", str(path))
    assert again.code == ExitCode.FAILED
    assert f"The backup cannot be written to {path}: it exists already." in again.err
    assert path.read_bytes() == before
    assert lived.type(*again.err.split("Next: connector ")[1].split()).code == ExitCode.DONE
    assert (tmp_path / "b-2.db").exists()
    nowhere = lived.type("db", "backup", "-o", str(tmp_path / "no" / "b.db"))
    assert f"the folder {tmp_path}/no does not exist" in nowhere.err
    assert f"Next: mkdir -p {tmp_path}/no" in nowhere.err
