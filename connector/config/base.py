"""What all tables of the settings share: strict types, no unknown keys, no value in an error text."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """One table of connector.toml. Each key has a description and, where its default does not show it, an example."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True,
        validate_default=False, use_attribute_docstrings=False,
    )  # fmt: skip
