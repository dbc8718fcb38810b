"""One way to send a request, for both sides: budget, log, bounds, and the knowledge of which call may be repeated.

Redirects are refused, TLS certificates verified, query values and bodies never logged. What comes back is an answer of
the server or an error by consequence (`problems`).
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx

from connector.domain.values import Json
from connector.sides import causes, problems
from connector.sides.body import ACCEPT_ENCODING, TooLarge, Unreadable, read_bounded
from connector.sides.budget import Budget
from connector.sides.headers import rate_hint
from connector.sides.port import Answered, Clock, Journal
from connector.sides.problems import Place
from connector.sides.retry import Act, CallKind, Outcome, RetryDecision, RetryLimits, decide

T = TypeVar("T")
LOGIN_ROUTE = "/auth"
"""The only POST of a dry run."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to make. `route` is a template such as `/customers/{id}`, filled from `path` (percent-encoded);
    `body` is sent as JSON. `shrinkable`: a 504 or timeout raises `SlowPage` at once instead of being repeated."""

    method: str
    route: str
    kind: CallKind
    purpose: str
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Json] | None = field(default=None, repr=False)
    shrinkable: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `request_id` is the request's number in the log, `at` when the answer was complete."""

    status: int
    at: datetime
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    request_id: int | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Signer(Protocol):
    """Who puts credentials on a call."""

    async def headers(self) -> Mapping[str, str]:
        """The headers that prove who we are; may log in first."""
        ...

    def renewable(self) -> bool:
        """Whether a refused token can be replaced by a new one."""
        ...

    def hopeless(self, answer: Answer) -> bool:
        """Whether a 401 says that a new token would change nothing."""
        ...

    def refuse(self, used: Mapping[str, str]) -> None:
        """The server refused these headers: the next `headers()` must bring new ones."""
        ...


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How to talk: seconds and bytes. `total` bounds a whole answer, however slowly it drips."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0
    largest_body: int = 32 * 1024 * 1024
    retries: RetryLimits = field(default_factory=RetryLimits)
    user_agent: str = "clopos-checkandplace-connector/0.1"
    read_only: bool = False


class Wire:
    """The connection to one server with one set of credentials. `methods` are all that may ever be used (CL-02, CP-24),
    `failures` is the quota on failed calls, if there is one. With `options.read_only` only GET and the login go out,
    whatever the caller asks."""

    def __init__(
        self, place: Place, base_url: str, options: WireOptions, *, budget: Budget, journal: Journal, clock: Clock,
        methods: frozenset[str], transport: httpx.AsyncBaseTransport | None = None, failures: Budget | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self.place = place
        self.options = options
        self.budget = budget
        self.failures = failures
        self.journal = journal
        self.clock = clock
        self.methods = methods
        self.jitter = jitter
        self.base_url = problems.checked_base_url(place, base_url)
        self.client = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            timeout=httpx.Timeout(options.read, connect=options.connect),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=4),
            headers={
                "User-Agent": options.user_agent,
                "Accept": "application/json",
                "Accept-Encoding": ACCEPT_ENCODING,
            },
        )

    async def aclose(self) -> None:
        """Close the connections, and give back what is left of the shared quota."""
        self.budget.settle()
        await self.client.aclose()

    async def send(
        self, call: Call, parse: Callable[[Answer], T], *, signer: Signer | None = None, budget: Budget | None = None
    ) -> T:
        """Send until there is an answer that `parse` can read, and return what it makes of it.

        `parse` gets every answer but 429s, 5xx of reads and renewed 401s; it raises Unreadable for a 2xx that is cut
        or no JSON. Raises AuthError, ConfigError or RefusedByServer from `parse`; TransientError when a read failed
        within its retries, or a write was never sent; SlowPage; InDoubt for a write that may have happened."""
        self._guard(call)
        failures = pauses = 0
        renewable = signer is not None and signer.renewable()
        budget = budget or self.budget
        while True:
            signed = await signer.headers() if signer else {}
            detail = ""
            if self.failures is not None:
                await self.failures.room()
            async with budget.request() as granted:
                answer, outcome = await self._once(call, signed, failures + pauses + 1)
                if answer is not None:
                    hint = rate_hint(answer.headers, self.clock.now())
                    budget.learn(hint, granted)
                    if self.failures is not None and answer.status >= 400:
                        self.failures.add()
                    outcome = Outcome(answer.status, outcome.error, hint.wait)
            if renewable and signer and answer and answer.status == 401 and signer.hopeless(answer):
                renewable = False
            decision = self._decide(call, outcome, failures, pauses, renewable)
            if decision.act is Act.TAKE and answer is not None:
                try:
                    return parse(answer)
                except Unreadable as unreadable:
                    detail = unreadable.text
                    outcome = Outcome(answer.status, "unreadable")
                    decision = self._decide(call, outcome, failures, pauses, renewable)
            match decision.act:
                case Act.REPEAT:
                    failures += 1
                    await self.clock.sleep(decision.wait)
                case Act.PAUSE:
                    pauses += 1
                    budget.pause(decision.wait)
                case Act.RENEW if signer is not None:
                    renewable = False
                    signer.refuse(signed)
                case _:
                    raise problems.ended(
                        self.place, call.method, call.route, decision, outcome, detail, address=self._address
                    )

    def _decide(self, call: Call, outcome: Outcome, failures: int, pauses: int, renewable: bool) -> RetryDecision:
        return decide(
            call.kind, outcome, failures=failures, pauses=pauses, renewable=renewable, shrinkable=call.shrinkable,
            jitter=self.jitter(), limits=self.options.retries,
        )  # fmt: skip

    async def _once(self, call: Call, signed: Mapping[str, str], attempt: int) -> tuple[Answer | None, Outcome]:
        """One request on the wire, logged whatever becomes of it."""
        at, begun = self.clock.now(), self.clock.monotonic()
        status: int | None = None
        error: str | None = "cancelled"
        cause = ""
        body = b""
        headers = httpx.Headers()
        try:
            async with asyncio.timeout(self.options.total):
                request = self._request(call, signed)
                async with self.client.stream(
                    request.method, request.url, headers=request.headers, content=request.content
                ) as response:
                    headers = response.headers
                    body = await read_bounded(response, self.options.largest_body)
                    status, error = response.status_code, None
        except (TimeoutError, httpx.TimeoutException) as failure:
            error = "connect" if isinstance(failure, httpx.ConnectTimeout | httpx.PoolTimeout) else "timeout"
            cause = causes.of_failure(failure)
        except httpx.ConnectError as failure:
            error = "tls" if _is_tls(failure) else "connect"
            cause = causes.of_failure(failure)
        except TooLarge:
            error = "too-large"
        except (httpx.TransportError, httpx.DecodingError, Unreadable):
            error = "broken"
        finally:
            spent = round((self.clock.monotonic() - begun) * 1000)
            note = Answered(self.place.side, at, call.method, call.route, status, spent, call.purpose, attempt, error)
            number = self.journal.note(note)
        if status is None:
            return None, Outcome(None, error, cause=cause)
        return Answer(status, self.clock.now(), headers, body, number), Outcome(status, error)

    def _request(self, call: Call, signed: Mapping[str, str]) -> _Prepared:
        route = call.route
        for name, value in call.path.items():
            route = route.replace("{" + name + "}", quote(value, safe=""))
        url = httpx.URL(self.base_url + route.lstrip("/"))
        if call.query:  # brackets are percent-encoded, as the vendor's own examples do (CL-25)
            url = url.copy_merge_params(list(call.query))
        headers = {**signed, **call.headers}
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
        return _Prepared(call.method, url, headers, content)

    @property
    def _address(self) -> str:
        """Host and port that requests go to."""
        return httpx.URL(self.base_url).netloc.decode("ascii", "replace")

    def _guard(self, call: Call) -> None:
        read = call.method == "GET" or (call.kind is CallKind.LOGIN and call.route == LOGIN_ROUTE)
        if call.method not in self.methods or (self.options.read_only and not read):
            raise problems.forbidden(self.place, call.method, call.route)


@dataclass(frozen=True, slots=True)
class _Prepared:
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None


def _is_tls(failure: BaseException) -> bool:
    """Whether a connection failed because of the certificate or the TLS version, not because the line broke."""
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return not isinstance(seen, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        seen = seen.__cause__ or seen.__context__
    return False
