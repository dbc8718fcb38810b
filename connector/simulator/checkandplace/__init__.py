"""Check&Place as a server: both generations over one store, every assumption of its contract a switch.

Written from docs/api/checkandplace.md and its seed page alone; shares no code with the client.
"""
