"""A wire to a scripted server, for the rules of `send` alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx

from connector.domain.quota import Window
from connector.domain.values import CLOPOS
from connector.sides.budget import Budget
from connector.sides.http import Answer, Call, Wire, WireOptions
from connector.sides.problems import Place
from connector.sides.retry import CallKind
from tests.contract.harness import ListJournal, TestClock

PLACE = Place(CLOPOS, "main")
GET = Call("GET", "/customers/{id}", CallKind.READ, "read", path={"id": "41/01"}, query=[("q", "Aysel")])
POST = Call("POST", "/customers", CallKind.WRITE, "create", body={"name": "Aysel", "phone": "+994501234567"})

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Scripted:
    """Answers requests by a script, the last step for ever; keeps what it saw."""

    def __init__(self, *steps: Step, methods: str = "GET POST", **options: Any) -> None:
        self.steps = list(steps)
        self.seen: list[httpx.Request] = []
        self.clock = TestClock()
        self.journal = ListJournal()
        self.budget = Budget("k", [Window(300, 60.0)], self.clock)
        self.wire = Wire(
            PLACE, "https://pos.test/api/v2", WireOptions(**options), budget=self.budget, journal=self.journal,
            clock=self.clock, methods=frozenset(methods.split()), transport=httpx.MockTransport(self.handle),
            jitter=lambda: 0.0,
        )  # fmt: skip

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        response = step(request) if callable(step) else step
        if not response.is_stream_consumed:
            return response
        return httpx.Response(response.status_code, headers=response.headers, stream=Chunks([response.content]))


class Chunks(httpx.AsyncByteStream):
    """A body in given pieces, as a socket brings it."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk


def taken(answer: Answer) -> Answer:
    """A reader that takes every answer."""
    return answer


class Token:
    """A signer whose token changes when it is refused; `final` 401s are hopeless."""

    def __init__(self, *, final: bool = False) -> None:
        self.number = 1
        self.final = final

    async def headers(self) -> Mapping[str, str]:
        return {"x-token": f"t{self.number}"}

    def renewable(self) -> bool:
        return True

    def hopeless(self, answer: Answer) -> bool:
        return self.final

    def refuse(self, used: Mapping[str, str]) -> None:
        if used["x-token"] == f"t{self.number}":
            self.number += 1
