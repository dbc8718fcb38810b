"""The cases of the contract's vectors (docs/api/vectors.json) as parameters, each under its own id."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet


@cache
def section(name: str) -> dict[str, Any]:
    """A section of the vectors: its rules and its lists of cases."""
    path = Path(__file__).parents[2] / "docs" / "api" / "vectors.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))[name]
    return loaded


def cases(name: str, part: str) -> list[ParameterSet]:
    """Every case of one list of a section, none left out."""
    return [pytest.param(case, id=case["id"]) for case in section(name)[part]]
