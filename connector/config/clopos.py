"""`[pairs.NAME.clopos]`: how to reach a brand of Clopos (docs/api/clopos.md, sections 1, 2 and 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from connector.config.addresses import BaseUrl
from connector.config.base import Table
from connector.config.identity import digest
from connector.config.kinds import Identifier, PlainText, Positive, Zone
from connector.config.secrets import Secret
from connector.config.times import Overlap, Pause, Timeout
from connector.config.words import bad

V2_URL = "https://integrations.clopos.com/open-api/v2"
V1_URL = "https://integrations.clopos.com/open-api"
NEW_HOST = "open-api.clopos.com"


def _known_host(url: str) -> str:
    if urlsplit(url).hostname == NEW_HOST:
        # CL-01: only the host name of the third generation is known.
        raise bad(f"the API at {NEW_HOST} is not supported, its contract is not known", f'write "{V2_URL}"')
    return url


CloposUrl = Annotated[BaseUrl, AfterValidator(_known_host)]


def _default_url(data: dict[str, Any]) -> str:
    return V1_URL if data.get("api") == "v1" else V2_URL


class CloposSettings(Table):
    """A brand of Clopos, the credentials for it, and how hard its server may be worked."""

    api: Literal["v2", "v1"] = Field("v2", description="Generation of the Open API (CL-01).")
    base_url: CloposUrl = Field(
        default_factory=_default_url,
        description="Address of the API: https, except on this machine itself.",
        examples=[f'"{V2_URL}"'],
    )
    client_id: Secret = Field(
        description="From the back office, Add-ons, Open API.", examples=['"env:CLOPOS_CLIENT_ID"']
    )
    client_secret: Secret = Field(description="Issued with the client id.", examples=['"env:CLOPOS_CLIENT_SECRET"'])
    brand: PlainText = Field(
        description="Short name of the brand, exactly as Clopos knows it. Customers that we create carry an id made "
        "from it: never change it for another spelling.",
        examples=['"mycafe"'],
    )
    integrator_id: Secret | None = Field(
        None, description="v2 only, and needed there: issued by Clopos.", examples=['"env:CLOPOS_INTEGRATOR_ID"']
    )
    venue_id: Identifier | None = Field(
        None, description="Venue that new customers go to. Needed with v1.", examples=["1"]
    )
    read_venues: tuple[Identifier, ...] = Field(
        (), strict=False, description="Venues to read, each with `x-venue` (CL-09). Empty: the one of the token.",
        examples=["[1, 2]"],
    )  # fmt: skip
    naive_timezone: Zone | None = Field(
        None, description="Zone of times that Clopos sends without one (CL-15). Left out: the pair's.",
        examples=['"Asia/Baku"'],
    )  # fmt: skip
    create: bool = Field(True, description="Whether customers may be created in Clopos.")
    stage: PlainText | None = Field(
        None, description="v1 only: sent as `x-stage` if Clopos gave you one (CL-32).", examples=['"production"']
    )
    page_size: Annotated[int, Field(ge=1, le=999)] = Field(
        default_factory=lambda data: 100 if data.get("api") == "v1" else 999,
        description="Customers to ask for on a page of a full scan; less where the server says so (CL-04).",
        examples=["999"],
    )
    quick_page_size: Annotated[int, Field(ge=1, le=999)] = Field(
        100, description="Customers to ask for on a page of a quick run."
    )
    max_pages: Positive = Field(10000, description="Pages of one listing after which it is given up as torn.")
    requests_per_minute: Positive = Field(
        default_factory=lambda data: 100 if data.get("api") == "v1" else 300,
        description="Quota that all pairs with this key share; the server's own numbers count where it sends them.",
        examples=["300"],
    )
    requests_per_hour: Positive | None = Field(
        default_factory=lambda data: 1000 if data.get("api") == "v1" else None,
        description="The same for an hour.",
        examples=["1000"],
    )
    concurrency: Annotated[int, Field(ge=1, le=8)] = Field(4, description="Requests under way at the same time.")
    connect_timeout: Timeout = Field(timedelta(seconds=5), description="Longest wait for a connection.")
    read_timeout: Timeout = Field(
        timedelta(seconds=15), description="Longest wait for an answer; above the 8 s after which Clopos gives up."
    )
    attempts: Annotated[int, Field(ge=1, le=20)] = Field(4, description="How often a reading is tried before it fails.")
    longest_wait: Pause = Field(timedelta(minutes=5), description="Longest wait that the server may ask of us at once.")
    overlap: Overlap = Field(
        timedelta(minutes=10), description="How far a quick run reads back over what it has seen, up to 5h (CL-15)."
    )

    @model_validator(mode="after")
    def _one_generation(self) -> Self:
        if self.api == "v1":
            _refuse_v2_keys(self)
        else:
            _refuse_v1_keys(self)
        return self

    def quota_key(self) -> str:
        """What the request budget is kept under: v2 integrator and brand, v1 the API key (section 5). A digest."""
        if self.api == "v1":
            return digest("clopos-quota-v1", self.base_url, self.client_id.reveal())
        assert self.integrator_id is not None
        return digest("clopos-quota-v2", self.base_url, self.integrator_id.reveal(), self.brand)

    def credential_key(self) -> str:
        """What a token may be shared under: one per credential set (section 2.4). A digest."""
        integrator = self.integrator_id.reveal() if self.integrator_id else ""
        who = (self.client_id.reveal(), self.client_secret.reveal(), self.brand, integrator, self.venue_id or "")
        return digest("clopos-credentials", self.api, self.base_url, *who)

    def brand_key(self) -> str:
        """Two pairs with the same key are on one brand and never write at the same time. A digest."""
        host = urlsplit(self.base_url)
        return digest("clopos-brand", f"{host.scheme}://{host.netloc}", self.brand)


def _other(problem: str, instead: str, key: str) -> Exception:
    return bad(problem, instead, key, "config-other-generation")


def _refuse_v2_keys(clopos: CloposSettings) -> None:
    if clopos.integrator_id is not None:
        raise _other('integrator_id belongs to api = "v2"', 'remove the key or write api = "v2"', "integrator_id")
    if clopos.base_url == V2_URL:
        raise _other('this is the address of api = "v2"', f'write "{V1_URL}" or api = "v2"', "base_url")
    if clopos.page_size > 100:
        raise _other('api = "v1" gives 100 customers a page at most', "write 100 or less", "page_size")
    if clopos.venue_id is None:
        raise bad('the key is missing, api = "v1" needs it', "write venue_id = 1 with the id of your venue",
                  "venue_id", "config-missing-key")  # fmt: skip


def _refuse_v1_keys(clopos: CloposSettings) -> None:
    if clopos.stage is not None:
        raise _other('stage belongs to api = "v1"', 'remove the key or write api = "v1"', "stage")
    if clopos.base_url == V1_URL:
        raise _other('this is the address of api = "v1"', f'write "{V2_URL}" or api = "v1"', "base_url")
    if clopos.integrator_id is None:
        raise bad('the key is missing, api = "v2" needs it', 'write integrator_id = "env:CLOPOS_INTEGRATOR_ID", or '
                  'api = "v1" if you have none', "integrator_id", "config-missing-key")  # fmt: skip
