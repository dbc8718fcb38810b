"""No list of cases of the contract's vectors goes without a test that runs all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.vector_cases import section

USED = re.compile(r'cases\(\s*"(\w+)",\s*"(\w+)"\s*\)')


@pytest.mark.parametrize("name", ["gender", "timestamps", "phone", "names", "cid"])
def test_every_list_of_cases_is_run(name: str) -> None:
    lists = {
        part
        for part, content in section(name).items()
        if isinstance(content, list) and content and isinstance(content[0], dict) and "id" in content[0]
    }
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {part for found, part in USED.findall(tests) if found == name} == lists
    ids = [case["id"] for part in lists for case in section(name)[part]]
    assert len(ids) == len(set(ids))
