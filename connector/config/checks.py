"""Checks that span several pairs, and the looking-up of their secrets."""

from __future__ import annotations

from collections.abc import Iterable

from connector.config.model import Settings
from connector.config.pair import PairSettings
from connector.config.secrets import Secret
from connector.domain.errors import ConfigError


def open_secrets(settings: Settings, pairs: Iterable[str]) -> None:
    """Looks up every secret of these pairs, so that a missing one stops the command before any request.

    Raises ConfigError (`config-secret`), and `config-same-store` if two tokens turn out to be one.
    """
    for name in pairs:
        for secret in settings.pair(name).secrets().values():
            secret.reveal()
    refuse_shared_stores(settings)


def refuse_shared_stores(settings: Settings) -> None:
    """One Check&Place store belongs to one pair (CP-31): the same address with the same reference or token is refused.

    Runs no command for it: the tokens of `cmd:` are compared by reference until they are looked up.
    """
    owner: dict[tuple[str, str, str], PairSettings] = {}
    for pair in settings.pairs.values():
        for how, token in _identities(pair.checkandplace.access_token):
            twin = owner.setdefault((pair.checkandplace.base_url, how, token), pair)
            if twin is not pair:
                raise pair.error(
                    "checkandplace.access_token",
                    f'pairs "{twin.name}" and "{pair.name}" are one Check&Place store, they have the same token',
                    "remove one of the two pairs or write the token of another store",
                    "config-same-store",
                )


def _identities(token: Secret) -> Iterable[tuple[str, str]]:
    if token.reference is not None:
        yield "reference", token.reference
    if token.looked_up or token.kind != "cmd":
        try:
            yield "value", token.reveal()
        except ConfigError:
            # Not to be had here and now: whoever needs it will say so.
            return
