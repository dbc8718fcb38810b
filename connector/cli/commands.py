"""The table of commands: the one place where a command gets its name. Modules are imported when they are called."""

from __future__ import annotations

from connector.cli.frame import Entry

START, WORK, LOOK, TRY = "To begin", "Work", "Look and decide", "Try it out"

COMMANDS: tuple[Entry, ...] = (
    Entry("init", "connector.cli.init:init", START, "Write a first settings file; asks a few questions."),
    Entry("doctor", "connector.cli.doctor:doctor", START, "Check settings, database, servers; what they really do."),
    Entry("diff", "connector.cli.diff:diff", WORK, "Show what a run would do now; changes nothing."),
    Entry("apply", "connector.cli.apply:apply", WORK, "Carry out a plan file that diff -o wrote, for real."),
    Entry("backfill", "connector.cli.sync:backfill", WORK, "Reconcile the two lists for the first time, for real."),
    Entry("sync", "connector.cli.sync:sync", WORK, "Carry every change across once, for real."),
    Entry("undo", "connector.cli.undo:undo", WORK, "Take back what a run wrote; shows it first."),
    Entry("daemon", "connector.cli.daemon:daemon", WORK, "Keep every pair up to date, until told to stop."),
    Entry("pause", "connector.cli.pause:pause", WORK, "Stop the work on a pair for a while."),
    Entry("resume", "connector.cli.pause:resume", WORK, "Go on with a pair that was paused."),
    Entry("status", "connector.cli.status:status", LOOK, "Whether every pair is up to date, and what waits."),
    Entry("runs", "connector.cli.runs:app", LOOK, "What each run read, wrote and came to: list, show."),
    Entry("links", "connector.cli.links:app", LOOK, "Who is who: list, show, review, accept, reject, relink."),
    Entry("explain", "connector.cli.explain:explain", LOOK, "The whole story of one person: a number, id or name."),
    Entry("duplicates", "connector.cli.duplicates:duplicates", LOOK, "One person twice in one system: who to merge."),
    Entry("conflicts", "connector.cli.conflicts:app", LOOK, "Changed in both systems: list, show, resolve, note."),
    Entry("tasks", "connector.cli.tasks:app", LOOK, "To type into Clopos: list, show, tick, note."),
    Entry("holds", "connector.cli.holds:app", LOOK, "Set aside: list, show, retry, ignore, answer, note."),
    Entry("db", "connector.cli.db:app", LOOK, "The database: check, back up, restore, upgrade."),
    Entry("mapping", "connector.cli.mapping:app", LOOK, "What a customer is on each side: check, show, test, impact."),
    Entry("demo", "connector.cli.demo:demo", TRY, "The whole way once, with simulated servers and made-up guests."),
    Entry("simulate", "connector.cli.simulate:simulate", TRY, "Serve both APIs on this machine from one seeded world."),
)
