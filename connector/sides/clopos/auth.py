"""Clopos' tokens: one per credential set, shared by all who use it, renewed before they end and once on a 401."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import msgspec

from connector.domain.errors import AuthError, ConfigError
from connector.domain.timestamps import LATEST_EPOCH, read_expires_at
from connector.domain.values import Json
from connector.sides import problems
from connector.sides.body import Unreadable
from connector.sides.budget import Budget
from connector.sides.clopos.errors import fatal_error, refusal_of
from connector.sides.clopos.options import CloposOptions, Generation
from connector.sides.http import LOGIN_ROUTE, Answer, Call, Wire
from connector.sides.port import Clock
from connector.sides.redact import redact
from connector.sides.retry import CallKind

EARLY = 60.0
"""Seconds before its end at which a token is renewed (section 2.4); half its life where that is shorter (CL-27)."""
QUIET = 300.0
"""Seconds during which refused credentials are not sent again: repeated bad logins may lock the account (CL-32)."""


def lifetime(answer: Mapping[str, Json], now: datetime) -> float | None:
    """Seconds a new token lives by what its answer says, None where it does not say. An `expires_at` that is already
    past (our clock is wrong) gives way to `expires_in`; v1 has the latter alone."""
    said: list[float] = []
    at = read_expires_at(answer.get("expires_at"))
    if at is not None:
        said.append(at - now.timestamp())
    within = answer.get("expires_in")
    if isinstance(within, int | float) and not isinstance(within, bool) and 0 < within <= LATEST_EPOCH:
        said.append(float(within))  # bounded: an integer of JSON may be larger than any float
    return min((seconds for seconds in said if seconds > 0), default=None)


@dataclass(slots=True)
class TokenSlot:
    """The token of one credential set. `renew_at` is of the monotonic clock, None: when a 401 says so."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str | None = field(default=None, repr=False)
    renew_at: float | None = None
    refused: AuthError | ConfigError | None = None
    refused_at: float = 0.0


class Tokens:
    """All tokens of a process, in memory only."""

    def __init__(self) -> None:
        self._slots: dict[str, TokenSlot] = {}

    def slot(self, generation: Generation, base_url: str, options: CloposOptions) -> TokenSlot:
        """The slot of this credential set; the secret takes part as a digest."""
        body = generation.login_body(options)
        name = sha256(msgspec.json.encode([generation.name, base_url, sorted(body.items())])).hexdigest()
        return self._slots.setdefault(name, TokenSlot())


class CloposSigner:
    """Puts the token (and brand and venue, as the generation wants) on calls for one venue; logs in when needed."""

    def __init__(self, login: Login, venue: str | None) -> None:
        self._login = login
        self._venue = venue

    async def headers(self) -> Mapping[str, str]:
        token = await self._login.token()
        return self._login.generation.headers(self._login.options, token, self._venue)

    def renewable(self) -> bool:
        return True

    def hopeless(self, answer: Answer) -> bool:
        return refusal_of(answer).fatal

    def refuse(self, used: Mapping[str, str]) -> None:
        self._login.refuse(used.get("x-token"))


class Login:
    """Logs in for one credential set."""

    def __init__(
        self, wire: Wire, generation: Generation, options: CloposOptions, slot: TokenSlot, clock: Clock, budget: Budget
    ) -> None:
        self.generation = generation
        self.options = options
        self._wire = wire
        self._slot = slot
        self._clock = clock
        self._budget = budget

    def signer(self, venue: str | None = None) -> CloposSigner:
        """Credentials for calls to one venue, None: the token's own."""
        return CloposSigner(self, venue)

    def refuse(self, token: str | None) -> None:
        """The server refused this token. One that was replaced meanwhile stays."""
        if self._slot.token == token:
            self._slot.token = None

    async def token(self) -> str:
        """The present token, or a new one. Raises AuthError or ConfigError where the login is refused, and the same
        error again for a while without asking (CL-32), TransientError where nobody answers."""
        slot = self._slot
        async with slot.lock:
            now = self._clock.monotonic()
            if slot.token is not None and (slot.renew_at is None or now < slot.renew_at):
                return slot.token
            if slot.refused is not None and now < slot.refused_at + QUIET:
                raise slot.refused
            slot.token, slot.refused = None, None
            try:
                answer = await self._ask()
            except (AuthError, ConfigError) as error:
                slot.refused, slot.refused_at = error, now
                raise
            lives = lifetime(answer, self._clock.now())
            slot.renew_at = None if lives is None else self._clock.monotonic() + lives - min(EARLY, lives / 2)
            slot.token = str(answer["token"])
            return slot.token

    async def _ask(self) -> Mapping[str, Json]:
        call = Call(
            "POST", LOGIN_ROUTE, CallKind.LOGIN, "login", body=self.generation.login_body(self.options)
        )  # fmt: skip
        return await self._wire.send(call, self._read, budget=self._budget)

    def _read(self, answer: Answer) -> Mapping[str, Json]:
        """Success is read before the status (CL-13); only `token` is required, and it is opaque (CL-28)."""
        place = self.options.place
        try:
            data: Json = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if answer.ok:
                raise Unreadable("the login's answer is no JSON") from error
            data = None
        if answer.ok and isinstance(data, dict) and data.get("success") is not False:
            token = data.get("token")
            if isinstance(token, str) and token.isascii() and token.isprintable() and token.strip() == token != "":
                return data
            raise problems.unknown_shape(place, "/auth", "no usable token in the answer")
        refusal = refusal_of(answer)
        said = redact(refusal.words, self.generation.login_body(self.options))
        if refusal.fatal:
            raise fatal_error(place, refusal)
        if 300 <= refusal.status < 400:
            raise problems.redirected(place, refusal.status, "POST", "/auth")
        told = isinstance(data, dict) and data.get("success") is False
        if refusal.status in (404, 405) and not told:
            raise problems.wrong_address(place, refusal.status, "POST", "/auth")
        # v1's bad credentials come as 401 or 400, a wrong brand as any non-2xx (CL-31): all are the credentials' fault.
        raise problems.auth_refused(place, refusal.status, said)
