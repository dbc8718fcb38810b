"""Clopos authentication: tokens and every failure row of docs/api/clopos.md 2.4, for v2 and v1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector.simulator.clopos.problems import Problem
from connector.simulator.kit import SimClock, Switches
from connector.simulator.wire import Call, Reply, json_reply

MODE_MISMATCH = "Integrator is in test mode. But brand is not in test mode"
HEADERS_MISSING = "Headers are missing"
UNAUTHORISED = "UnauthorizedHttpException"
JWT_HEADER = {"alg": "HS256", "typ": "JWT"}
LOCK_AFTER = 5
LOCK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one set that works; demo values, printed by the command."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105  (a made-up credential of a simulator)
    brand: str = "demobrand"
    integrator_id: str = "demo-integrator"
    venue_id: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """Who a token speaks for; `venue_id` is the token's default venue, `ends` an epoch second."""

    generation: str
    brand: str
    venue_id: int
    ends: float


class Auth:
    """Issues and checks tokens. Tokens of the JWT form are checked by signature, the others by memory."""

    def __init__(
        self, switches: Switches, clock: SimClock, credentials: Credentials, venues: tuple[int, ...], seed: int
    ):
        self.switches, self.clock, self.credentials, self.venues = switches, clock, credentials, venues
        self.random = random.Random(f"clopos-auth-{seed}")
        self.key = self.random.randbytes(32)
        self.issued: dict[str, Session] = {}
        self.failures: dict[str, int] = {}
        self.locked_until: dict[str, float] = {}

    # POST /auth

    def v2(self, call: Call) -> Reply:
        """`POST /open-api/v2/auth`."""
        names = ("client_id", "client_secret", "brand", "integrator_id")
        given = _strings(call.json(), names)
        if given is None:
            return _refused(400, "Missing client_id, client_secret, brand, or integrator_id")
        if given["integrator_id"] != self.credentials.integrator_id or self.switches["integrator"] == "disabled":
            return _refused(400, "Invalid integrator_id")
        if self.switches["test_mode_mismatch"] == "on":
            return _refused(200, MODE_MISMATCH)
        if not self._known(given):
            return json_reply(401, {"success": False, "message": "The credentials are not valid"})
        if (disabled := self.switches["client_disabled"]) != "off":
            return _refused(int(disabled), "Client is disabled")
        announced, real = self._life()
        now = int(self.clock.now())
        session = Session("v2", given["brand"], self.credentials.venue_id, now + real)
        token = self._jwt(session, now) if self._documented_form() else self._random_text()
        self.issued[token] = session
        return json_reply(200, {
            "success": True, "token": token, "token_type": "Bearer", "expires_in": announced,
            "expires_at": now + announced, "message": "Authentication successful",
        })  # fmt: skip

    def v1(self, call: Call) -> Reply:
        """`POST /open-api/auth`; a locked caller gets 429 (CL-32)."""
        if self.switches["auth_lock"] == "429" and self.clock.now() < self.locked_until.get(call.client, 0):
            return _refused(429, "too_many_requests", "Too many attempts, try again later")
        reply = self._v1(call)
        if reply.status == 200:
            self.failures.pop(call.client, None)
        else:
            self.failures[call.client] = self.failures.get(call.client, 0) + 1
            if self.failures[call.client] >= LOCK_AFTER:
                self.failures.pop(call.client)
                self.locked_until[call.client] = self.clock.now() + LOCK_SECONDS
        return reply

    def _v1(self, call: Call) -> Reply:
        given = _strings(call.json(), ("client_id", "client_secret", "brand", "venue_id"))
        if given is None:
            return _refused(400, "Missing client_id, client_secret, brand, or venue_id")
        if given["brand"] != self.credentials.brand:
            return _refused(404, "not_found", "Brand not found")
        if not self._known(given):
            return _refused(int(self.switches["v1_bad_credentials"]), "authentication_failed", "Invalid credentials")
        if (disabled := self.switches["client_disabled"]) != "off":
            return _refused(int(disabled), "Client is disabled")
        bad = self.switches["bad_venue"]
        venue = self.venue(given["venue_id"])
        if venue is None and bad != "ignored":
            return _refused(int(bad), "not_found" if bad == "404" else "invalid_venue", "Venue not found")
        announced, real = self._life()
        ends = int(self.clock.now()) + real
        session = Session("v1", given["brand"], venue or self.credentials.venue_id, ends)
        token = ("oauth_" if self._documented_form() else "") + self._random_text()
        self.issued[token] = session
        return json_reply(200, {
            "success": True, "token": token, "token_type": "Bearer", "expires_in": announced,
            "message": "Authentication successful",
        })  # fmt: skip

    # Authenticated calls

    def check(self, call: Call, generation: str) -> Session | Problem:
        """The session of a call, or the 401: presence, form, expiry, then the integrator's state."""
        needed = ("x-token",) if generation == "v2" else ("x-token", "x-brand", "x-venue")
        if any(not call.headers.get(name) for name in needed):
            return self._unauthorised(HEADERS_MISSING)
        session = self._session(call.headers["x-token"])
        brand = call.headers.get("x-brand", self.credentials.brand)
        if session is None or session.generation != generation or (generation == "v1" and brand != session.brand):
            return self._unauthorised("Invalid token")
        if self.clock.now() >= session.ends:
            ended = datetime.fromtimestamp(session.ends, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            return self._unauthorised("Token expired", {"expires_at": ended})
        if generation == "v2" and self.switches["integrator"] == "disabled":
            return Problem(401, "Invalid integrator_id", "Invalid integrator_id")
        if generation == "v2" and self.switches["test_mode_mismatch"] == "on":
            return Problem(401, MODE_MISMATCH, MODE_MISMATCH)
        return session

    def venue(self, text: str | None) -> int | None:
        """The venue that a text names; None where the brand has no such venue."""
        if text is None or not text.isascii() or not text.isdigit():
            return None
        return int(text) if int(text) in self.venues else None

    # Inside

    def _unauthorised(self, sentence: str, extra: dict[str, Any] | None = None) -> Problem:
        if self.switches["auth_vocabulary"] == "slugs":
            return Problem(401, "unauthorized", "Missing or invalid authentication headers", UNAUTHORISED)
        return Problem(401, sentence, sentence, UNAUTHORISED, extra=extra)

    def _known(self, given: dict[str, str]) -> bool:
        wanted = self.credentials
        return (given["client_id"], given["client_secret"], given["brand"]) == (
            wanted.client_id, wanted.client_secret, wanted.brand,
        )  # fmt: skip

    def _documented_form(self) -> bool:
        form = self.switches["token_form"]
        return form == "documented"

    def _life(self) -> tuple[int, int]:
        announced, _, real = self.switches["token_ttl"].partition("/")
        return int(announced), int(real or announced)

    def _random_text(self) -> str:
        return self.random.randbytes(16).hex().upper()

    def _jwt(self, session: Session, now: int) -> str:
        claims = {
            "token": "oauth_" + self._random_text(), "brand": session.brand, "stage": "production",
            "venue_id": session.venue_id, "integrator_id": self.credentials.integrator_id,
            "iat": now, "exp": int(session.ends),
        }  # fmt: skip
        head = ".".join(_b64(json.dumps(part, separators=(",", ":")).encode()) for part in (JWT_HEADER, claims))
        return head + "." + self._signature(head)

    def _signature(self, head: str) -> str:
        return _b64(hmac.new(self.key, head.encode(), hashlib.sha256).digest())

    def _session(self, token: str) -> Session | None:
        if (session := self.issued.get(token)) is not None:
            return session
        head, _, signature = token.rpartition(".")
        if head.count(".") != 1 or not hmac.compare_digest(self._signature(head).encode(), signature.encode()):
            return None
        payload = head.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Session("v2", claims["brand"], claims["venue_id"], claims["exp"])


def _strings(body: Any, names: tuple[str, ...]) -> dict[str, str] | None:
    """The required texts of an auth body; None where one is missing, blank or no string."""
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) and body[name] for name in names):
        return None
    return {name: body[name] for name in names}


def _refused(status: int, error: str, message: str | None = None) -> Reply:
    return json_reply(status, {"success": False, "error": error, **({"message": message} if message else {})})


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
