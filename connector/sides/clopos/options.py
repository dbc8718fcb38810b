"""What the Clopos adapter needs to know, and what differs between the generations: auth, headers, paths, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from connector.domain.errors import ConfigError
from connector.domain.quota import Window
from connector.domain.values import CLOPOS, Json
from connector.sides.http import WireOptions
from connector.sides.problems import Place, checked_secret

READ_TIMEOUT = 15.0
"""Seconds: the gateway gives up after 8, so that its 504 is seen (docs/api/clopos.md 5)."""


@dataclass(frozen=True, slots=True)
class CloposOptions:
    """Settings of one pair's Clopos side. `venue_id` is where creates go (v1 also logs in with it); `read_venues` are
    read one after the other, empty means the token's own (CL-09). `page_size` None starts at the documented maximum
    (CL-04). `windows` None is the documented quota of the generation. `stage` is v1's unexplained `x-stage`, sent only
    if set (CL-32). Waits in seconds."""

    pair: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    brand: str
    api: str = "v2"
    base_url: str | None = None
    integrator_id: str | None = None
    venue_id: str | None = None
    read_venues: tuple[str, ...] = ()
    naive_timezone: str = "Asia/Baku"
    create: bool = True
    page_size: int | None = None
    quick_page_size: int = 100
    stage: str | None = None
    max_pages: int = 10_000
    windows: tuple[Window, ...] | None = None
    concurrency: int = 4
    longest_wait: float = 300.0
    wire: WireOptions = field(default_factory=lambda: WireOptions(read=READ_TIMEOUT))

    @property
    def place(self) -> Place:
        return Place(CLOPOS, self.pair)


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of the API: everything in which v1 and v2 differ for customers (docs/api/clopos.md 1, 2, 5)."""

    name: str
    base_url: str
    largest_page: int
    windows: tuple[Window, ...]

    def login_body(self, options: CloposOptions) -> dict[str, Json]:
        """The body of `POST /auth`: four strings."""
        fourth = {"integrator_id": options.integrator_id} if self.name == "v2" else {"venue_id": options.venue_id}
        return {
            "client_id": options.client_id,
            "client_secret": options.client_secret,
            "brand": options.brand,
            **fourth,
        }

    def headers(self, options: CloposOptions, token: str, venue: str | None) -> Mapping[str, str]:
        """The headers of an authenticated call. v2 names a venue only where one was asked for; v1 always sends all
        three of token, brand and venue (CL-32)."""
        if self.name == "v2":
            return {"x-token": token, **({"x-venue": venue} if venue else {})}
        sent = {
            "x-token": token,
            "x-brand": options.brand,
            "x-venue": venue or options.venue_id or "",
            "Content-Type": "application/json",
        }
        return {**sent, "x-stage": options.stage} if options.stage else sent

    def quota_key(self, options: CloposOptions) -> str:
        """Who shares the quota: v2 integrator and brand, v1 the API key (docs/api/clopos.md 5)."""
        who = f"v2 {options.integrator_id} {options.brand}" if self.name == "v2" else f"v1 {options.client_id}"
        return f"clopos {sha256(who.encode()).hexdigest()[:12]}"


V2 = Generation("v2", "https://integrations.clopos.com/open-api/v2/", 999, (Window(300, 60.0),))
V1 = Generation("v1", "https://integrations.clopos.com/open-api/", 100, (Window(100, 60.0), Window(1000, 3600.0)))
GENERATIONS: Mapping[str, Generation] = {"v2": V2, "v1": V1}
LOGIN_KEY, LOGIN_WINDOWS = "clopos login", (Window(60, 60.0),)
"""Tier 1 is per client IP, hence shared by all Clopos credentials of this process."""
FAILED_KEY, FAILED_WINDOWS = "clopos failed calls", (Window(590, 60.0),)
"""Tier 2, 600 failed calls a minute and client IP, less those that may be under way when it is reached."""

NEXT_GENERATION_HOST = "open-api.clopos.com"


def generation_of(options: CloposOptions) -> Generation:
    """The generation that the settings name. Raises ConfigError for an unknown one, for the third generation's host
    (CL-01: its contract is not known) and for settings that cannot be sent."""
    place = options.place
    generation = GENERATIONS.get(options.api)
    host = urlsplit(options.base_url or "").hostname or ""
    if generation is None or host == NEXT_GENERATION_HOST:
        raise ConfigError(
            "generation-unknown",
            "The newest Clopos API cannot be used yet: its description is not public.",
            engineer=f"{place.key('api')} must be v2 or v1, {place.key('base_url')} not {NEXT_GENERATION_HOST} (CL-01)",
            next_step=f'set {place.key("api")} = "v2"',
        )
    needed = {"client_id": options.client_id, "client_secret": options.client_secret, "brand": options.brand}
    needed["integrator_id" if generation is V2 else "venue_id"] = (
        options.integrator_id if generation is V2 else options.venue_id
    ) or ""
    for name, value in needed.items():
        checked_secret(place, name, value)
    for venue in (*options.read_venues, *([options.venue_id] if options.venue_id else [])):
        checked_secret(place, "read_venues", venue)
    return generation
