"""From the settings of a pair to its two sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import httpx

from connector.config.checkandplace import CheckAndPlaceSettings
from connector.config.clopos import CloposSettings
from connector.config.pair import PairSettings
from connector.domain.quota import Window
from connector.domain.values import CHECKANDPLACE, CLOPOS, SideName
from connector.sides.budget import Budgets
from connector.sides.checkandplace.adapter import CheckandplaceSide
from connector.sides.checkandplace.options import AppCredentials, CheckandplaceOptions, Paths
from connector.sides.clopos.adapter import CloposSide
from connector.sides.clopos.auth import Tokens
from connector.sides.clopos.options import CloposOptions
from connector.sides.http import WireOptions
from connector.sides.port import Clock, Journal, Memory, Side
from connector.sides.readonly import ReadOnly
from connector.sides.retry import RetryLimits


def make_sides(
    pair: PairSettings, journal: Journal, clock: Clock, memories: Mapping[SideName, Memory], budgets: Budgets,
    transport: httpx.AsyncBaseTransport | None = None, *, tokens: Tokens | None = None, dry: bool = False,
) -> dict[SideName, Side]:  # fmt: skip
    """Both sides of a pair, to be closed with `aclose()`. Give all pairs of a process one `budgets` and one `tokens`,
    so that those with the same credentials share quota and login. Secrets are looked up here.

    With `dry` the sides have no write verbs (`ReadOnly`): the attributes `create` and `update` do not exist, although
    the type says Side, because a dry run is the same code that stops before them; and their clients let out nothing but
    GET and the login. Raises ConfigError for settings that cannot be used."""
    clopos = CloposSide(
        clopos_options(pair.name, pair.clopos, pair.rules().clopos_naive_timezone, dry=dry),
        journal=journal, clock=clock, memory=memories[CLOPOS], budgets=budgets, tokens=tokens or Tokens(),
        transport=transport, quota_key=budget_key(pair, CLOPOS),
    )  # fmt: skip
    checkandplace = CheckandplaceSide(
        checkandplace_options(pair.name, pair.checkandplace, dry=dry),
        journal=journal, clock=clock, memory=memories[CHECKANDPLACE], budgets=budgets,
        transport=transport, quota_key=budget_key(pair, CHECKANDPLACE),
    )  # fmt: skip
    if dry:
        return {CLOPOS: cast(Side, ReadOnly(clopos)), CHECKANDPLACE: cast(Side, ReadOnly(checkandplace))}
    return {CLOPOS: clopos, CHECKANDPLACE: checkandplace}


def budget_key(pair: PairSettings, side: SideName) -> str:
    """The name of a side's request budget: the side and a digest of what its server counts by, never a credential."""
    digest = pair.clopos.quota_key() if side is CLOPOS else pair.checkandplace.quota_key()
    return f"{side.value} {digest[:12]}"


def clopos_options(name: str, settings: CloposSettings, naive_timezone: str, *, dry: bool = False) -> CloposOptions:
    """The settings of `[pairs.NAME.clopos]` as the adapter takes them."""
    windows = [Window(settings.requests_per_minute, 60.0)]
    if settings.requests_per_hour is not None:
        windows.append(Window(settings.requests_per_hour, 3600.0))
    return CloposOptions(
        pair=name,
        client_id=settings.client_id.reveal(),
        client_secret=settings.client_secret.reveal(),
        brand=settings.brand,
        api=settings.api,
        base_url=settings.base_url,
        integrator_id=settings.integrator_id.reveal() if settings.integrator_id else None,
        venue_id=settings.venue_id,
        read_venues=settings.read_venues,
        naive_timezone=naive_timezone,
        create=settings.create,
        page_size=settings.page_size,
        quick_page_size=settings.quick_page_size,
        stage=settings.stage,
        max_pages=settings.max_pages,
        windows=tuple(windows),
        concurrency=settings.concurrency,
        longest_wait=settings.longest_wait.total_seconds(),
        wire=_wire(settings, dry=dry),
    )


def checkandplace_options(name: str, settings: CheckAndPlaceSettings, *, dry: bool = False) -> CheckandplaceOptions:
    """The settings of `[pairs.NAME.checkandplace]` as the adapter takes them."""
    per_minute = settings.requests_per_minute
    return CheckandplaceOptions(
        pair=name,
        access_token=settings.access_token.reveal(),
        base_url=settings.base_url,
        api=settings.api,
        app=_app_credentials(settings),
        create=settings.create,
        update=settings.update,
        read_by_id=settings.read_by_id,
        read_types=settings.read_types,
        wrap_app_body=settings.wrap_app_body,
        per_page=settings.per_page,
        max_pages=settings.max_pages,
        windows=(Window(per_minute, 60.0),) if per_minute else (),
        concurrency=settings.concurrency,
        longest_wait=settings.longest_wait.total_seconds(),
        paths=Paths(
            list=settings.paths.list,
            list_key=settings.paths.list_key,
            create=settings.paths.create,
            update=settings.paths.update,
            app_anonymous=settings.paths.app_anonymous,
            app_create=settings.paths.app_create,
            app_show=settings.paths.app_show,
            app_update=settings.paths.app_update,
            app_types=settings.paths.app_types,
        ),
        wire=_wire(settings, dry=dry),
    )


def _app_credentials(settings: CheckAndPlaceSettings) -> AppCredentials | None:
    """The secrets of (a), None where one that it cannot do without is missing (CP-33)."""
    needed = (settings.authorization, settings.employee_token, settings.store_pin_code)
    if any(secret is None for secret in needed):
        return None
    authorization, employee_token, store_pin_code = (secret.reveal() for secret in needed if secret is not None)
    slug = settings.slug_name.reveal() if settings.slug_name else None
    return AppCredentials(authorization, employee_token, store_pin_code, slug)


def _wire(settings: CloposSettings | CheckAndPlaceSettings, *, dry: bool) -> WireOptions:
    return WireOptions(
        connect=settings.connect_timeout.total_seconds(),
        read=settings.read_timeout.total_seconds(),
        retries=RetryLimits(attempts=settings.attempts),
        read_only=dry,
    )
