"""The scenarios of the crash matrix, by name; each module holds the ones of one part of the work."""
