"""What the Check&Place adapter needs to know: (b) `integration` for the listing, (a) `app` beside it if configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from connector.domain.quota import Window
from connector.domain.values import CHECKANDPLACE
from connector.sides.http import WireOptions
from connector.sides.problems import Place, checked_secret

BASE_URL = "https://api.checkandplace.com"
READ_TIMEOUT = 30.0
APP_HEADERS = {
    "authorization": "Authorization",
    "employee_token": "EMPLOYEE_TOKEN",
    "store_pin_code": "STORE_PIN_CODE",
    "slug_name": "SLUG_NAME",
}
"""Settings of (a) and the header each goes into, exactly as documented (CP-33, CP-34, CP-38)."""


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths and the listing's key; none but the anonymous create and the create of (b) is documented in full
    (CP-01, CP-43)."""

    list: str = "/v1/customers"
    list_key: str = "customers"
    create: str = "/v1/customers"
    update: str = "/v1/customers/{id}"
    app_anonymous: str = "/api/v1/customers/anonym"
    app_create: str = "/api/v1/customers"
    app_show: str = "/api/v1/customers/{id}"
    app_update: str = "/api/v1/customers/{id}"
    app_types: str = "/api/v1/customer_types"


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """The four secrets of (a); `slug_name` may be missing (CP-33)."""

    authorization: str = field(repr=False)
    employee_token: str = field(repr=False)
    store_pin_code: str = field(repr=False)
    slug_name: str | None = field(default=None, repr=False)

    def headers(self, place: Place) -> dict[str, str]:
        """The headers as documented, names with underscores included (CP-38). Raises ConfigError."""
        values = {name: getattr(self, name) for name in APP_HEADERS}
        return {
            APP_HEADERS[name]: checked_secret(place, name, value)
            for name, value in values.items()
            if value is not None or name != "slug_name"
        }


@dataclass(frozen=True, slots=True)
class CheckandplaceOptions:
    """Settings of one pair's Check&Place side. `api = "app"` sends creates and updates through (a), the listing stays
    with (b) (CP-42). `wrap_app_body`: (a) wants `{"customer": {…}}` (CP-43). Waits in seconds."""

    pair: str
    access_token: str = field(repr=False)
    base_url: str = BASE_URL
    api: str = "integration"
    app: AppCredentials | None = None
    create: bool = True
    update: bool = True
    read_by_id: bool = False
    read_types: bool = False
    wrap_app_body: bool = False
    per_page: int = 50
    max_pages: int = 10_000
    windows: tuple[Window, ...] = ()
    concurrency: int = 1
    longest_wait: float = 300.0
    paths: Paths = field(default_factory=Paths)
    wire: WireOptions = field(default_factory=lambda: WireOptions(read=READ_TIMEOUT))

    @property
    def place(self) -> Place:
        return Place(CHECKANDPLACE, self.pair)

    def quota_key(self) -> str:
        """One budget per token: a digest of it (docs/api/checkandplace.md 5)."""
        return f"checkandplace {sha256(f'{self.base_url} {self.access_token}'.encode()).hexdigest()[:12]}"
