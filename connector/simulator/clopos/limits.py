"""The quotas of docs/api/clopos.md, section 5: sliding windows, counted in simulated time (CL-21, CL-43)."""

from __future__ import annotations

import math

from connector.simulator.kit import SimClock, Switches
from connector.simulator.window import Quota, Window


class Limits:
    """All windows of the simulator. A tier is `auth`, `failed`, `calls`, `v1` or `v1_hour`; its limit is the switch
    `rate_<tier>`; a refused request is not counted."""

    def __init__(self, switches: Switches, clock: SimClock) -> None:
        self.switches, self.clock = switches, clock
        self.windows: dict[tuple[str, str], Window] = {}

    def look(self, tier: str, key: str) -> Quota:
        """How `key` stands in `tier`."""
        seconds = float(self.switches["rate_window"]) * (60 if tier == "v1_hour" else 1)
        window = self.windows.setdefault((tier, key), Window())
        return window.look(int(self.switches[f"rate_{tier}"]), seconds, self.clock.now())

    def exceeded(self, tier: str, key: str) -> bool:
        """Is nothing left? Never with the limits off."""
        return self.switches["rate_limit"] == "on" and self.look(tier, key).remaining == 0

    def count(self, tier: str, key: str) -> None:
        """Enter one request."""
        if self.switches["rate_limit"] == "on":
            self.windows.setdefault((tier, key), Window()).times.append(self.clock.now())

    def headers(self, tiers: list[tuple[str, str]], generation: str) -> dict[str, str]:
        """The rate headers for the tightest of some (tier, key): v2 gives the seconds left, v1 an epoch second."""
        if self.switches["rate_limit"] == "off" or self.switches["rate_limit_form"] == "no_headers":
            return {}
        quota = min((self.look(tier, key) for tier, key in tiers), key=lambda quota: quota.remaining)
        prefix = "RateLimit" if generation == "v2" else "X-RateLimit"
        reset = quota.reset if generation == "v2" else self.clock.now() + quota.reset
        return {
            f"{prefix}-Limit": str(quota.limit),
            f"{prefix}-Remaining": str(quota.remaining),
            f"{prefix}-Reset": str(math.ceil(reset)),
        }

    def retry_after(self, tiers: list[tuple[str, str]]) -> dict[str, str]:
        """Retry-After, where the server sends it (CL-21)."""
        if self.switches["rate_limit_form"] != "retry_after":
            return {}
        waits = [quota.reset for quota in (self.look(tier, key) for tier, key in tiers) if quota.remaining == 0]
        return {"Retry-After": str(math.ceil(max(waits, default=1.0)))}
