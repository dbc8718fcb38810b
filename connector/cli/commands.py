"""The table of commands: the one place where a command gets its name. Modules are imported when they are called."""

from __future__ import annotations

from connector.cli.frame import Entry

COMMANDS: tuple[Entry, ...] = ()
