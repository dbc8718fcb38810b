"""What all tests stand on: no window of a fixed size, whoever runs them (parallel workers are told 80 columns)."""

from __future__ import annotations

import os

for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
