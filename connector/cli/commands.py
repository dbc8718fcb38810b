"""The table of commands: the one place where a command gets its name. Modules are imported when they are called."""

from __future__ import annotations

from connector.cli.frame import Entry

TRY = "Try it out"

COMMANDS: tuple[Entry, ...] = (
    Entry("simulate", "connector.cli.simulate:simulate", TRY, "Serve both APIs on this machine from one seeded world."),
)
