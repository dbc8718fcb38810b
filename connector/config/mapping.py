"""Where the mapping file is, and how it becomes a mapping."""

from __future__ import annotations

from pathlib import Path

import connector
from connector.config.locate import Lines
from connector.domain.errors import ConfigError
from connector.domain.fieldspec import FieldMapping
from connector.domain.mapping_examples import Example, parse_examples
from connector.domain.mapping_file import parse_mapping
from connector.domain.places import why_unreadable

_NAME = "customer.toml"


def default_mapping_path() -> Path:
    """The mapping of a pair that names none: beside the package where it is installed from a wheel, else in the
    `mappings` folder of the checkout.
    """
    package = Path(connector.__file__).parent
    packaged = package / "_mappings" / _NAME
    return packaged if packaged.exists() else package.parent / "mappings" / _NAME


def load_mapping(path: Path | None = None) -> FieldMapping:
    """The mapping in a file, None = the default one. Raises ConfigError with file, line, key and what to write."""
    path = path or default_mapping_path()
    text = _read(path)
    return parse_mapping(text, file=str(path), line_of=Lines.of(text).nearest)


def load_examples(mapping_path: Path | None = None) -> tuple[Example, ...]:
    """The examples beside a mapping file (`customer.toml`: `customer.examples.toml`), None = the default one; none if
    there is no such file. Raises ConfigError like `load_mapping`.
    """
    path = mapping_path or default_mapping_path()
    path = path.with_name(f"{path.stem}.examples.toml")
    if not path.exists():
        return ()
    text = _read(path)
    return parse_examples(text, file=str(path), line_of=Lines.of(text).nearest)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{path}: the mapping file cannot be read: {why_unreadable(error)}"
        raise ConfigError("mapping-unreadable", f"{problem}; name a TOML file in UTF-8.") from None
