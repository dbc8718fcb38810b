"""Another brand or store under the same pair, or one store under two pairs: refused before anything is read. Another
mapping or other credentials: noticed, so that the guard looks closer at the first plan since then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from connector.domain.errors import ConfigError
from connector.domain.values import CHECKANDPLACE, Json, canonical_json
from connector.engine.context import Policy, RunContext, log

FINGERPRINT = "fingerprint"
WATCHED = "watched"


def refuse_shared_store(ctx: RunContext) -> None:
    """Raises ConfigError when another pair has read Check&Place customers with the same ids: the two see one store,
    even with two tokens (CP-31)."""
    with ctx.stores.database.read() as connection:
        other = ctx.stores.records.pair_with_same_ids(connection, CHECKANDPLACE)
    if other is None:
        return
    facts = f"the listings of the pairs {ctx.pair.name} and {other} hold the same ids (CP-31)"
    raise one_store(ctx.policy, ctx.pair.name, other, "customers", facts)


def one_store(policy: Policy, name: str, other: str, what: str, facts: str) -> ConfigError:
    """The error about two pairs that see one store. The other one may be in the settings, or in the database alone: it
    was renamed, or another settings file works on this database."""
    if other in policy.beside:
        said, step = "", f"Remove one of the two pairs from {policy.file}, then: connector status"
    else:
        said = f' "{other}" is known to the database, but is not in {policy.file}: was the pair renamed?'
        step = (
            f"Write [pairs.{other}] again instead of [pairs.{name}] in {policy.file}, then: connector status --pair "
            f'{other}; or, to begin anew, give "{name}" another database (url under [state])'
        )
    sentence = f'The pairs "{other}" and "{name}" see the same Check&Place {what}.{said}'
    return ConfigError("one-store-two-pairs", sentence, engineer=facts, next_step=step)


def refuse_another_store(ctx: RunContext) -> None:
    """Raises ConfigError when the pair's brand or an address is another one than the state remembers, as long as links
    rest on it, unless the operator accepts exactly these settings, once (`--approve`); otherwise (live runs) remembers
    them. A new access token alone may be a rotation: it is let through, and the guard compares the customers."""
    now = dict(ctx.policy.fingerprint)
    with ctx.stores.database.read() as connection:
        before = ctx.stores.runs.setting(connection, FINGERPRINT) or {}
        links = ctx.stores.links.count(connection)
    moved = sorted(key for key in now if key in before and before[key] != now[key] and not key.endswith("access_token"))
    accepted = ctx.approve is not None and ctx.approve == hash_of(now) and not ctx.dry
    if moved and links and not accepted:
        raise ConfigError(
            "another-store",
            f"The settings of this pair point to another brand or address than its {links} links: "
            f"{', '.join(moved)} changed.",
            engineer=f"changed since the last live run: {', '.join(moved)}",
            next_step="Give the other restaurant a pair of its own, or restore the old values. If it is the same one "
            f"under a new name: connector sync --pair {ctx.pair.name} --approve {hash_of(now)}",
        )  # fmt: skip
    if accepted:
        log.warning("settings-accepted", changed=moved)
        ctx.approve = None
    if not ctx.dry and now != before:
        _remember(ctx, FINGERPRINT, now)


def hash_of(settings: Mapping[str, str]) -> str:
    """What the operator types to accept changed settings: 32 hexadecimal digits over their digests."""
    return hashlib.blake2b(canonical_json(dict(settings)).encode(), digest_size=16).hexdigest()


def note_changes(ctx: RunContext) -> None:
    """Which of the watched settings are others than at the last live run that got past the guard: `ctx.changed`."""
    with ctx.stores.database.read() as connection:
        before = ctx.stores.runs.setting(connection, WATCHED) or {}
    changed = [key for key, digest in ctx.policy.watched.items() if key in before and before[key] != digest]
    ctx.changed = tuple(sorted(changed))
    if changed:
        log.info("settings-changed", changed=sorted(changed))


def remember_settings(ctx: RunContext) -> None:
    """This plan got past the guard: its settings are the measure from now on."""
    with ctx.stores.database.read() as connection:
        before = ctx.stores.runs.setting(connection, WATCHED)
    if before != dict(ctx.policy.watched):
        _remember(ctx, WATCHED, dict(ctx.policy.watched))


def _remember(ctx: RunContext, name: str, value: Json) -> None:
    with ctx.stores.database.write() as connection:
        ctx.stores.runs.set_setting(connection, name, value)
