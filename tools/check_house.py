"""The rules of the repository that no ready tool checks: sizes of modules, locks without addresses, dependencies with
reasons and users. Run by `make check`; prints each finding on a line and ends with 1 if there is any."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

LONGEST_MODULE = 400
NOT_IMPORTED = {"tzdata"}  # data that Python's zoneinfo finds by itself
PARTS = {
    "pydantic-core": "pydantic",
    "markupsafe": "jinja2",
}  # halves of the other: it needs them and takes their types
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
ADDRESS = re.compile(r"\w+://|(?<![\w.-])--(?:extra-)?index-url|--find-links|--trusted-host|\s@\s")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==\S+", re.MULTILINE)
DEPENDENCY = re.compile(r'^ *(?:[a-z]+ = \[)?"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?(?:[<>=!~][^"]*)?",?\]?(.*)$')


def canonical(name: str) -> str:
    """A distribution's name as the packaging rules compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def too_long(root: Path) -> Iterator[str]:
    """Modules of the product above the longest that a reader can hold in mind."""
    for path in sorted((root / "connector").rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_MODULE:
            yield f"{path.relative_to(root)}: {lines} lines, at most {LONGEST_MODULE}"


def lock_addresses(name: str, text: str) -> Iterator[str]:
    """Lines of a lock that name where a package comes from: that is the installing machine's own business."""
    for number, line in enumerate(text.splitlines(), 1):
        if ADDRESS.search(line):
            yield f"{name}:{number}: an address in the lock"


def unhashed(name: str, text: str) -> Iterator[str]:
    """Pins without a hash below them: pip would refuse them only on the day of the installation."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)
    for block in blocks:
        pin = PINNED.match(block)
        if pin and "--hash=sha256:" not in block:
            yield f"{name}: {pin[1]} has no hash"


def declared(project: Mapping[str, object], *groups: str) -> set[str]:
    """Canonical names of the dependencies that pyproject declares, with those of the optional groups named."""
    table = project["project"]
    assert isinstance(table, dict)
    wanted = list(table["dependencies"])
    for group in groups:
        wanted += table["optional-dependencies"][group]
    return {canonical(re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0]) for requirement in wanted}


def missing_pins(name: str, text: str, wanted: set[str]) -> Iterator[str]:
    """Declared dependencies that the lock doesn't pin: the lock has fallen behind."""
    pinned = {canonical(pin) for pin in PINNED.findall(text)}
    for package in sorted(wanted - pinned):
        yield f"{name}: {package} is missing; run `make lock`"


def unexplained(pyproject: str) -> Iterator[str]:
    """Dependencies of pyproject that say no reason on their line or, for a group of lines, above it."""
    section = re.search(r"(?ms)^dependencies = \[\n(.*?)^\[project\.scripts\]", pyproject)
    assert section is not None
    for line in section[1].splitlines():
        found = DEPENDENCY.match(line)
        if found and "#" not in found[2]:
            yield f"pyproject.toml: {found[1]} has no reason beside it"


def imported(root: Path) -> dict[str, str]:
    """Distributions that the product imports (canonical name -> a file that does); its own and Python's left out."""
    known = packages_distributions()
    found: dict[str, str] = {}
    for path in sorted((root / "connector").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for module in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"connector"}:
                package = canonical(known.get(module, [module])[0])
                found.setdefault(PARTS.get(package, package), str(path.relative_to(root)))
    return found


def dependencies_out_of_step(imports: Mapping[str, str], wanted: set[str]) -> Iterator[str]:
    """Imports that rest on somebody else's dependencies, and dependencies that nothing imports."""
    for package in sorted(imports.keys() - wanted):
        yield f"{imports[package]}: imports {package}, which pyproject.toml doesn't name"
    for package in sorted(wanted - imports.keys() - NOT_IMPORTED):
        yield f"pyproject.toml: nothing imports {package}"


def findings(root: Path) -> Iterator[str]:
    """Everything found wrong in the repository at `root`, one sentence each."""
    pyproject = (root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(pyproject)
    yield from too_long(root)
    yield from unexplained(pyproject)
    yield from dependencies_out_of_step(imported(root), declared(project))
    for name in LOCKS:
        text = (root / name).read_text(encoding="utf-8")
        yield from lock_addresses(name, text)
        yield from unhashed(name, text)
        groups = {"requirements.lock": ("postgres",), "requirements-dev.lock": ("postgres", "dev")}
        wanted = {"hatchling"} if name == "requirements-build.lock" else declared(project, *groups[name])
        yield from missing_pins(name, text, wanted)


def main() -> int:
    """Prints the findings; the exit code is 1 if there is any."""
    found = list(findings(Path(__file__).resolve().parent.parent))
    for sentence in found:
        sys.stdout.write(sentence + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
