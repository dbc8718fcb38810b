"""Another brand or store under the same pair, or one store under two pairs: refused before anything is read."""

from __future__ import annotations

from connector.domain.errors import ConfigError
from connector.domain.values import CHECKANDPLACE
from connector.engine.context import RunContext

FINGERPRINT = "fingerprint"


def refuse_shared_store(ctx: RunContext) -> None:
    """Raises ConfigError when another pair has read Check&Place customers with the same ids: the two see one store,
    even
    with two tokens (CP-31)."""
    with ctx.stores.database.read() as connection:
        other = ctx.stores.records.pair_with_same_ids(connection, CHECKANDPLACE)
    if other is None:
        return
    raise ConfigError(
        "one-store-two-pairs", f'The pairs "{ctx.pair.name}" and "{other}" see the same Check&Place customers.',
        engineer=f"the listings of the pairs {ctx.pair.name} and {other} hold the same ids (CP-31)",
        next_step="Remove one of the two pairs from connector.toml.",
    )  # fmt: skip


def refuse_another_store(ctx: RunContext) -> None:
    """Raises ConfigError when the pair's brand, base URL or store is another one than the state remembers, as long as
    links rest on it; otherwise (live runs) remembers them. A new access token alone may be a rotation: it is let
    through, and the guard compares the customers."""
    now = dict(ctx.policy.fingerprint)
    with ctx.stores.database.read() as connection:
        before = ctx.stores.runs.setting(connection, FINGERPRINT) or {}
        links = ctx.stores.links.count(connection)
    moved = sorted(key for key in now if key in before and before[key] != now[key] and not key.endswith("access_token"))
    if moved and links:
        raise ConfigError(
            "another-store", f"The settings of this pair point to another brand or address than its {links} links.",
            engineer=f"changed since the last live run: {', '.join(moved)}",
            next_step="Give the other restaurant a pair of its own, or restore the old values.",
        )  # fmt: skip
    if not ctx.dry and now != before:
        with ctx.stores.database.write() as connection:
            ctx.stores.runs.set_setting(connection, FINGERPRINT, now)
