"""The restaurant that tests of commands begin with, unless they say otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.domain.errors import ExitCode
from tests.cli.workplace import Workplace, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, clopos=8, checkandplace=8, shared=6) as found:
        found.backfilled()
        assert found.type("sync").code == ExitCode.DONE
        yield found
