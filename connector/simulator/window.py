"""What a quota counts with: a strict sliding window, in simulated time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """How one window stands: seconds until its oldest entry leaves it."""

    limit: int
    remaining: int
    reset: float


class Window:
    """The entries of one key in the last `seconds`."""

    def __init__(self) -> None:
        self.times: deque[float] = deque()

    def look(self, limit: int, seconds: float, now: float) -> Quota:
        if self.times and self.times[0] > now:  # the clock was put back: a real server counts by one that never is
            self.times = deque(at for at in self.times if now - seconds < at <= now)
        while self.times and self.times[0] <= now - seconds:
            self.times.popleft()
        reset = self.times[0] + seconds - now if self.times else 0.0
        return Quota(limit, max(0, limit - len(self.times)), reset)
