"""Time that passes only when nobody has anything to do: an event loop whose sleepers wake in order, at once.

An hour of requests with latency, pauses and several workers takes seconds, and two workers that sleep at the same time
sleep at the same time: the order of things is that of the real clock.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from connector.simulator.kit import SimClock

T = TypeVar("T")
START = 1_795_166_100.0
"""20 November 2026, 09:15 UTC."""


class _Selector(selectors.SelectSelector):
    """Never waits: the time that the loop would have waited is over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everybody waits, and for nothing")
        if not ready and timeout is not None:
            self.passed += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, from 0 on."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end what sleeps and waits in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class LoopClock:
    """The adapters' clock: the running loop's time."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(START + self.monotonic(), UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class LoopSimClock(SimClock):
    """The simulators' clock: the same."""

    def now(self) -> float:
        return START + asyncio.get_running_loop().time() + self.shift


class Distant(httpx.AsyncBaseTransport):
    """A server some way off: half of the latency before it sees a request, half before the answer is back."""

    def __init__(self, server: httpx.AsyncBaseTransport, latency: float) -> None:
        self._server, self._latency = server, latency

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._latency / 2)
        response = await self._server.handle_async_request(request)
        await asyncio.sleep(self._latency / 2)
        return response
