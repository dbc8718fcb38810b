"""`[pairs.NAME.checkandplace]`: how to reach a store of Check&Place (docs/api/checkandplace.md, sections 1 to 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from connector.config.addresses import BaseUrl, Route, RouteWithId
from connector.config.base import Table
from connector.config.identity import digest
from connector.config.kinds import PlainText, Positive, Zone
from connector.config.secrets import Secret
from connector.config.times import Pause, Timeout
from connector.config.words import bad

CHECKANDPLACE_URL = "https://api.checkandplace.com"
APP_KEYS = ("authorization", "employee_token", "store_pin_code")
"""What the app API cannot do without; `slug_name` is sent when it is set (CP-33)."""


class PathSettings(Table):
    """Paths that no vendor page states in full (CP-01, CP-43): change one when the vendor says otherwise."""

    list: Route = Field("/v1/customers", description="Integration: the listing.")
    list_key: PlainText = Field("customers", description="Integration: key of the array in the listing (CP-01).")
    create: Route = Field("/v1/customers", description="Integration: create.")
    update: RouteWithId = Field("/v1/customers/{id}", description="Integration: update.")
    app_anonymous: Route = Field("/api/v1/customers/anonym", description="App: anonymous create.")
    app_create: Route = Field("/api/v1/customers", description="App: create.")
    app_show: RouteWithId = Field("/api/v1/customers/{id}", description="App: one customer by id.")
    app_update: RouteWithId = Field("/api/v1/customers/{id}", description="App: update.")
    app_types: Route = Field("/api/v1/customer_types", description="App: the customer types.")


class CheckAndPlaceSettings(Table):
    """A store of Check&Place, the credentials for it, and what may be written there."""

    api: Literal["integration", "app"] = Field(
        "integration",
        description="Which API takes creates and updates; the listing is always that of the integration API (CP-42).",
    )
    base_url: BaseUrl = Field(
        CHECKANDPLACE_URL, description="Address of the API: https, except on this machine itself."
    )
    access_token: Secret = Field(
        description="Token of the integration API; one token is one store (CP-31).",
        examples=['"env:CHECKANDPLACE_ACCESS_TOKEN"'],
    )
    authorization: Secret | None = Field(
        None,
        description="App: header `Authorization`, sent as it stands; perhaps in the form `Token VALUE` (CP-34).",
        examples=['"env:CHECKANDPLACE_AUTHORIZATION"'],
    )
    employee_token: Secret | None = Field(
        None, description="App: header `EMPLOYEE_TOKEN`.", examples=['"env:CHECKANDPLACE_EMPLOYEE_TOKEN"']
    )
    store_pin_code: Secret | None = Field(
        None, description="App: header `STORE_PIN_CODE`.", examples=['"env:CHECKANDPLACE_STORE_PIN_CODE"']
    )
    slug_name: Secret | None = Field(
        None,
        description="App: header `SLUG_NAME`, sent if it is set (CP-33).",
        examples=['"env:CHECKANDPLACE_SLUG_NAME"'],
    )
    timezone: Zone | None = Field(
        None, description="Zone of the times that this store sends, which carry none (CP-07). Left out: the pair's.",
        examples=['"Europe/Istanbul"'],
    )  # fmt: skip
    create: bool = Field(True, description="Whether customers may be created in Check&Place.")
    update: bool = Field(True, description="Whether customers of Check&Place may be changed.")
    write_email: bool = Field(False, description="Whether e-mail addresses are sent; not documented there (CP-40).")
    write_clear: bool = Field(
        False, description='Whether an emptied field is sent as null, for fields with `on_clear = "send"` (CP-20).'
    )
    last_name_placeholder: PlainText | None = Field(
        None, description="Sent as last name where a guest has one name only and the server wants two (CP-10); read "
        "back it counts as blank.", examples=['"-"'],
    )  # fmt: skip
    read_by_id: bool = Field(False, description="App: whether single customers are read by id (CP-43).")
    read_types: bool = Field(False, description="App: whether the customer types are listed (CP-43).")
    wrap_app_body: bool = Field(
        False, description='App: whether the body of create and update is wrapped in {"customer": ...} (CP-43).'
    )
    per_page: Annotated[int, Field(ge=1, le=1000)] = Field(
        50, description="Customers to ask for on a page; the largest that the server takes is not known (CP-03)."
    )
    max_pages: Positive = Field(10000, description="Pages of one listing after which it is given up as torn.")
    requests_per_minute: Positive | None = Field(
        None, description="Quota of the token. Left out: none is known, refusals of the server slow us down (CP-18).",
        examples=["120"],
    )  # fmt: skip
    concurrency: Annotated[int, Field(ge=1, le=8)] = Field(1, description="Requests under way at the same time.")
    connect_timeout: Timeout = Field(timedelta(seconds=5), description="Longest wait for a connection.")
    read_timeout: Timeout = Field(timedelta(seconds=30), description="Longest wait for an answer.")
    attempts: Annotated[int, Field(ge=1, le=20)] = Field(4, description="How often a reading is tried before it fails.")
    longest_wait: Pause = Field(timedelta(minutes=5), description="Longest wait that the server may ask of us at once.")
    paths: PathSettings = Field(default_factory=PathSettings, description="Paths of the API.")

    @model_validator(mode="after")
    def _app_keys(self) -> Self:
        for switch, wanted in (
            ("api", self.api == "app"),
            ("read_by_id", self.read_by_id),
            ("read_types", self.read_types),
        ):
            if wanted and (missing := self.missing_app_key()):
                value = '"app"' if switch == "api" else "true"
                problem = f"the key is missing, {switch} = {value} needs it"
                raise bad(
                    problem, f'write {missing} = "env:CHECKANDPLACE_{missing.upper()}"', missing, "config-missing-key"
                )
        return self

    def missing_app_key(self) -> str | None:
        """The first key that the app API still lacks, None if it can be used."""
        return next((key for key in APP_KEYS if getattr(self, key) is None), None)

    def store_key(self) -> str:
        """Which store this is: address and token (CP-31). A digest."""
        return digest("checkandplace-store", self.base_url, self.access_token.reveal())

    def token_digest(self) -> str:
        """The token, so that a change of it can be noticed. A digest, never the token."""
        return digest("checkandplace-token", self.access_token.reveal())

    def quota_key(self) -> str:
        """What the request budget is kept under: the token. A digest."""
        return self.store_key()
