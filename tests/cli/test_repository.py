"""The repository keeps its own rules: locks, sizes, reasons, targets, and the checks that watch them."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from connector import __version__
from tools import check_house

ROOT = Path(__file__).resolve().parents[2]
PIN = "rich==15.0.0 \\\n    --hash=sha256:00\n    # via typer\n"


def test_nothing_is_found_in_this_repository() -> None:
    assert list(check_house.findings(ROOT)) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "--extra-index-url=file:///srv/wheels",
        "--find-links /srv/wheels",
        "--trusted-host packages.example",
        "rich @ https://packages.example/rich.whl",
        "    # from http://packages.example",
    ],
)
def test_an_address_in_a_lock_is_found(line: str) -> None:
    assert list(check_house.lock_addresses("x.lock", PIN + line)) == ["x.lock:4: an address in the lock"]


def test_a_clean_lock_has_no_finding() -> None:
    text = (
        "# compiled by: make lock --universal\n"
        + PIN
        + "uvicorn==0.54.0 ; sys_platform != 'x' \\\n    --hash=sha256:11\n"
    )
    assert list(check_house.lock_addresses("x.lock", text)) == []
    assert list(check_house.unhashed("x.lock", text)) == []
    assert list(check_house.missing_pins("x.lock", text, {"rich", "uvicorn"})) == []


def test_a_pin_without_hash_and_a_missing_pin_are_found() -> None:
    text = PIN + "typer==0.29.2\n"
    assert list(check_house.unhashed("x.lock", text)) == ["x.lock: typer has no hash"]
    assert list(check_house.missing_pins("x.lock", text, {"rich", "httpx"})) == [
        "x.lock: httpx is missing; run `make lock`"
    ]


def test_a_dependency_without_a_reason_is_found() -> None:
    text = (
        'dependencies = [\n  "rich>=14",  # tables\n  "httpx>=0.28",\n]\n[project.optional-dependencies]\n'
        'postgres = ["psycopg[binary]>=3.2"] # state\nother = ["thing==1"]\n[project.scripts]\n'
    )
    assert list(check_house.unexplained(text)) == [
        "pyproject.toml: httpx has no reason beside it",
        "pyproject.toml: thing has no reason beside it",
    ]


def test_a_borrowed_and_an_unused_dependency_are_found(tmp_path: Path) -> None:
    (tmp_path / "connector").mkdir()
    (tmp_path / "connector" / "module.py").write_text(
        "from __future__ import annotations\nimport os, rich.table\nfrom connector import x\nfrom . import y\n"
        "def later() -> None:\n    from yaml import safe_load\n"
    )
    imports = check_house.imported(tmp_path)
    assert imports == {"rich": "connector/module.py", "pyyaml": "connector/module.py"}
    assert list(check_house.dependencies_out_of_step(imports, {"rich", "httpx", "tzdata"})) == [
        "connector/module.py: imports pyyaml, which pyproject.toml doesn't name",
        "pyproject.toml: nothing imports httpx",
    ]


def test_a_long_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "connector").mkdir()
    (tmp_path / "connector" / "long.py").write_text("x = 1\n" * 401)
    (tmp_path / "connector" / "short.py").write_text("x = 1\n" * 400)
    assert list(check_house.too_long(tmp_path)) == ["connector/long.py: 401 lines, at most 400"]


def test_names_are_compared_as_packaging_does() -> None:
    project = {
        "project": {
            "dependencies": ["Jinja2>=3", "psycopg[binary]>=3.2"],
            "optional-dependencies": {"dev": ["a_b.c~=1"]},
        }
    }
    assert check_house.declared(project, "dev") == {"jinja2", "psycopg", "a-b-c"}


def test_the_dev_lock_pins_what_the_runtime_lock_pins() -> None:
    lines = {name: (ROOT / name).read_text().splitlines() for name in ("requirements.lock", "requirements-dev.lock")}
    pins = {name: {line for line in text if "==" in line} for name, text in lines.items()}
    assert pins["requirements.lock"]
    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]


@pytest.mark.parametrize("target", ["env", "demo", "test", "check", "bench", "lock"])
def test_make_knows_its_targets(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", [".ci/run", "tools/need_chromium.sh"])
def test_scripts_are_executable_and_parse(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111 == 0o111
    assert "set -euo pipefail" in path.read_text()
    subprocess.run(["bash", "-n", path], check=True)


def test_chromium_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chromium").symlink_to(shutil.which("true") or "/bin/true")
    (tmp_path / "bash").symlink_to(shutil.which("bash") or "/bin/bash")
    done = subprocess.run(
        [tmp_path / "bash", ROOT / "tools/need_chromium.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_without_root_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    bash = shutil.which("bash") or "/bin/bash"
    done = subprocess.run(
        [bash, ROOT / "tools/need_chromium.sh"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert "apt-get install chromium" in done.stderr


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_licence_is_the_declared_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
