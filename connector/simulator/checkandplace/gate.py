"""Who may come in: rate limit, then headers present, then their values (docs/api/checkandplace.md 2, 3.7)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from connector.simulator.checkandplace.customer import MAIN_STORE, OTHER_STORE
from connector.simulator.checkandplace.errors import base
from connector.simulator.checkandplace.render import APP, INTEGRATION
from connector.simulator.kit import SimClock, Switches
from connector.simulator.window import Window

ACCESS_TOKEN = "checkandplace-access-token"  # noqa: S105 - the name of a header
APP_HEADERS = ("authorization", "employee_token", "store_pin_code", "slug_name")

CREDENTIALS: Mapping[str, str] = {
    "access_token": "demo-access-token",
    "authorization": "demo-extension-token",
    "employee_token": "demo-employee-token",
    "store_pin_code": "0000",
    "slug_name": "demo-restaurant",
}
"""The demo's. `other_access_token` and `other_store_pin_code`, where given, open the organisation's second store."""


class Guardian:
    """Checks the credentials of a request and says whose it is. Counts requests for CP-18 and CP-36."""

    def __init__(self, switches: Switches, clock: SimClock, credentials: Mapping[str, str]) -> None:
        self.switches = switches
        self.clock = clock
        self.credentials = credentials
        self._served: dict[str, Window] = defaultdict(Window)
        self._accepted = 0

    def admit(self, generation: str, headers: Mapping[str, str]) -> str:
        """The store that the request's credentials open. Raises Refused with 429, 401 or 403."""
        if self.switches["drop_underscore_headers"] == "on":
            headers = {name: value for name, value in headers.items() if "_" not in name}
        self._rate(headers.get(ACCESS_TOKEN if generation == INTEGRATION else "authorization", ""))
        store = self._app_store(headers) if generation == APP else self._integration_store(headers)
        if store is None or self._revoked():
            raise base(int(self.switches["auth_failure"]), "unauthorized")
        return store

    def _rate(self, credential: str) -> None:
        """A strict sliding window per credential (CP-18). A refused request does not count."""
        word = self.switches["rate_limit"]
        if word == "none":
            return
        now, window = self.clock.now(), self._served[credential]
        quota = window.look(int(self.switches["rate_limit_requests"]), float(self.switches["rate_limit_window"]), now)
        if quota.remaining:
            window.times.append(now)
            return
        wait = math.ceil(quota.reset)
        raise base(429, "too many requests", {"Retry-After": str(max(wait, 1))} if word == "retry_after" else None)

    def _integration_store(self, headers: Mapping[str, str]) -> str | None:
        return self._store("access_token", headers.get(ACCESS_TOKEN))

    def _app_store(self, headers: Mapping[str, str]) -> str | None:
        """The four headers of (a): all there, then all right; the pin code says which store."""
        needed = [name for name in APP_HEADERS if name != "slug_name" or self.switches["slug_required"] == "yes"]
        if not all(headers.get(name) for name in needed):
            return None
        right = self._authorization(headers["authorization"])
        right = right and headers["employee_token"] == self.credentials["employee_token"]
        if "slug_name" in headers:
            right = right and headers["slug_name"] == self.credentials["slug_name"]
        return self._store("store_pin_code", headers["store_pin_code"]) if right else None

    def _authorization(self, value: str) -> bool:
        """`Token x`, or x alone (CP-34)."""
        form = self.switches["authorization_form"]
        prefixed = value.startswith("Token ")
        if (form == "token_only" and not prefixed) or (form == "bare_only" and prefixed):
            return False
        return value.removeprefix("Token ") == self.credentials["authorization"].removeprefix("Token ")

    def _store(self, name: str, value: str | None) -> str | None:
        if value is None:
            return None
        if value == self.credentials[name]:
            return MAIN_STORE
        return OTHER_STORE if value == self.credentials.get(f"other_{name}") else None

    def _revoked(self) -> bool:
        """Counts accepted requests while the switch is on (CP-36)."""
        word = self.switches["token_revoked"]
        if word == "off":
            self._accepted = 0
            return False
        self._accepted += 1
        return self._accepted > int(word)
