"""Errors of a side, by consequence, in one voice: what it means for the restaurant, the facts, the next command."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from connector.domain.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    InDoubt,
    RefusedByServer,
    TornScan,
    TransientError,
    UnsafePlan,
)
from connector.domain.values import SideName
from connector.sides import causes
from connector.sides.retry import Act, Outcome, RetryDecision


class SlowPage(TransientError):
    """A page was too much for the server (504, timeout, too large): ask for a smaller one (CL-04)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error happened: the side and the pair's name in the configuration."""

    side: SideName
    pair: str

    @property
    def doctor(self) -> str:
        """The command that looks into it."""
        return f"connector doctor --pair {self.pair}"

    def key(self, name: str) -> str:
        """The dotted key of one of this side's settings."""
        return f"pairs.{self.pair}.{self.side.value}.{name}"


def checked_base_url(place: Place, text: str) -> str:
    """The base URL with one slash at its end. Raises ConfigError for what is no plain http(s) address."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise ConfigError(
            "base-url",
            f"The address of {place.side.label} in the settings is not usable.",
            engineer=f"{place.key('base_url')} must be an http(s) URL without user, query or fragment",
            next_step=place.doctor,
        )
    return str(url).rstrip("/") + "/"


def checked_secret(place: Place, name: str, value: str) -> str:
    """A credential fit for a header: not empty, printable ASCII. Raises ConfigError, without the value."""
    if value and value.isascii() and value.isprintable() and value == value.strip():
        return value
    raise ConfigError(
        "credential-unusable",
        f"A credential of {place.side.label} is missing or has characters that cannot be sent.",
        engineer=f"{place.key(name)} is empty or not plain printable ASCII (a line break at its end?)",
        next_step=f"set {place.key(name)}, then {place.doctor}",
    )


def auth_refused(place: Place, status: int, said: str, *, hint: str = "") -> AuthError:
    """401, or a login that was refused: wrong or outdated credentials."""
    return AuthError(
        "auth-refused",
        f"{place.side.label} does not accept the credentials of {place.pair!r}: nothing was read or changed.",
        engineer=f"status {status}: {said or 'no text'}{'; ' + hint if hint else ''}",
        next_step=f"correct the credentials under [pairs.{place.pair}.{place.side.value}], then {place.doctor}",
    )


def permission_refused(place: Place, status: int, said: str, method: str, route: str, *, hint: str = "") -> AuthError:
    """403: known, but not allowed (CL-23, CP-17)."""
    return AuthError(
        "permission-refused",
        f"{place.side.label} knows the credentials of {place.pair!r}, but they lack a permission: the run stopped.",
        engineer=f"status {status} on {method} {route}: {said or 'no text'}{'; ' + hint if hint else ''}",
        next_step=f"ask for the right to read and create customers, then {place.doctor}",
    )


def redirected(place: Place, status: int, method: str, route: str) -> ConfigError:
    """3xx: the address is not the API's own; credentials are never carried along."""
    return ConfigError(
        "redirected",
        f"The address of {place.side.label} leads somewhere else: the settings name the wrong one.",
        engineer=f"status {status} on {method} {route}; redirects are not followed",
        next_step=f"correct {place.key('base_url')}, then {place.doctor}",
    )


def wrong_address(place: Place, status: int, method: str, route: str, key: str = "base_url") -> ConfigError:
    """A 404 or 405 on a call that always exists: wrong address or path."""
    return ConfigError(
        "address-wrong",
        f"{place.side.label} does not know the address that the settings give.",
        engineer=f"status {status} on {method} {route}",
        next_step=f"correct {place.key(key)}, then {place.doctor}",
    )


def unknown_shape(place: Place, route: str, detail: str, key: str | None = None) -> ConfigError:
    """A well-formed answer of a shape nobody documented: an error, never an empty list (CL-11, CP-01)."""
    return ConfigError(
        "answer-shape-unknown",
        f"{place.side.label} answered in a form that this connector does not know: nothing was concluded from it.",
        engineer=f"{route}: {detail}",
        next_step=f"check {place.key(key)}, then {place.doctor}" if key else place.doctor,
    )


def failed(place: Place, status: int, method: str, route: str, said: str) -> TransientError:
    """A read that was refused for a reason of its own."""
    return TransientError(
        "read-failed",
        f"{place.side.label} could not answer a question: the run ends here, the next one tries again.",
        engineer=f"status {status} on {method} {route}: {said or 'no text'}",
        next_step=place.doctor,
    )


def unread(place: Place, status: int, route: str, said: str) -> RefusedByServer:
    """A reading by id that was refused, other than by a 404."""
    return RefusedByServer(
        "read-refused", f"{place.side.label} refused to show one customer: what the list says of it counts.",
        status=status, engineer=f"status {status} on GET {route}: {said or 'no text'}", next_step=place.doctor,
    )  # fmt: skip


def torn(place: Place, code: str, why: str) -> TornScan:
    """A listing that is not proved complete."""
    return TornScan(
        code,
        f"The list of {place.side.label} could not be read to a proven end: nobody counts as missing or new by it.",
        engineer=why,
        next_step=place.doctor,
    )


def forbidden(place: Place, method: str, route: str) -> UnsafePlan:
    """A request that must never leave this client: CL-02, CP-24, or a dry run."""
    return UnsafePlan(
        "request-forbidden",
        f"A request that would change {place.side.label} was stopped before it was sent.",
        engineer=f"{method} {route} is not among the requests of this client",
        next_step=place.doctor,
    )


def ended(
    place: Place, method: str, route: str, decision: RetryDecision, outcome: Outcome, detail: str = "", *,
    address: str = "",
) -> ConnectorError:  # fmt: skip
    """The error for a request that came to no answer. `address`: host and port that it went to."""
    facts = f"{method} {route}: {decision.reason}"
    if outcome.status is not None and str(outcome.status) not in facts:
        facts += f", status {outcome.status}"
    if detail:
        facts += f", {detail}"
    label = place.side.label
    if decision.act is Act.DOUBT:
        return InDoubt(
            "in-doubt",
            f"{label} did not say whether a change was made: the connector finds out before it does anything else.",
            engineer=facts,
            next_step=f"connector holds list --pair {place.pair}",
        )
    if decision.act is Act.SMALLER:
        return SlowPage("page-too-slow", f"{label} was too slow for a page of this size.", engineer=facts)
    if decision.reason == "tls":
        return TransientError(
            "tls-failed",
            f"The connection to {label} is not trustworthy: nothing was sent.",
            engineer=f"{facts}; the certificate was refused",
            next_step=f"check {place.key('base_url')} and this computer's clock, then {place.doctor}",
        )
    if decision.reason == "rate-limited":
        return TransientError(
            "rate-limited",
            f"{label} keeps asking for a pause: the next run goes on from here.",
            engineer=facts,
            next_step="connector status",
        )
    reached = decision.reason != "connect"
    what = "did not answer properly" if reached else "could not be reached"
    at = f" at {address}" if address else ""
    cause = causes.of_outcome(outcome.status, outcome.error, outcome.cause)
    return TransientError(
        "read-failed" if reached else "unreachable",
        f"{label} {what}{at}: {cause}. The next run tries again.",
        engineer=facts,
        next_step=place.doctor,
    )
