"""The Clopos simulator: Open API v2 and v1, written from docs/api/clopos.md alone; every assumption is a switch."""
