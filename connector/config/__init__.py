"""One validated settings object: connector.toml, the environment over it, and secrets by reference."""

from connector.config.checks import open_secrets
from connector.config.load import find_file, load_settings
from connector.config.locate import locate
from connector.config.model import Settings
from connector.config.pair import PairSettings
from connector.config.secrets import Secret, resolve_secret

__all__ = [
    "PairSettings", "Secret", "Settings", "find_file", "load_settings", "locate", "open_secrets", "resolve_secret",
]  # fmt: skip
