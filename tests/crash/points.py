"""Crash points: a step of the run, a moment at a request or a commit, and which one of them. And how a process dies.

Nothing of this is in the product: the hooks are put around a process's own transport and database engine, by the parent
that forked it in order to kill it. A killed process gets no chance to tidy up: SIGKILL on itself, or, in the middle of
a commit, the kernel's SIGXFSZ while SQLite writes its log.
"""

from __future__ import annotations

import os
import resource
import signal
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, event

from connector.engine.context import RunContext
from connector.engine.steps import Step

KILLED = (-signal.SIGKILL, -signal.SIGXFSZ)
TLS = ssl.create_default_context()
"""Made once: nothing here speaks TLS, and reading the certificates takes a tenth of a second."""
FRAME = 24 + 4096
"""Bytes of one page in SQLite's write-ahead log, with its header."""


class Moment(StrEnum):
    """What the process is doing when it dies."""

    BEFORE_SEND = "before send"
    """The request is made up, and not a byte of it has left."""
    AFTER_SEND = "after send"
    """The whole request has left; the server carries it out for nobody."""
    REPLY_LOST = "reply lost"
    """The server carried it out, the connection broke before the reply; the process dies when it has booked that."""
    DURING_COMMIT = "during commit"
    """SQLite is writing the pages of a transaction: part of them are in its log."""


@dataclass(frozen=True, order=True)
class Point:
    """The `nth` (from 1) of these moments inside this step, of one run."""

    step: Step
    moment: Moment
    nth: int = 1

    @property
    def name(self) -> str:
        return f"{self.step.label}/{self.moment}/{self.nth}"


@dataclass
class Watch:
    """Sees every moment of one process, and ends it at `point`, or at its moment number `at` (None, 0: never, it only
    counts).

    `seen`: how many of each (step, moment) there were; `sent`: requests that have left; `last_words` is told, right
    before the end, how many.
    """

    point: Point | None = None
    at: int = 0
    last_words: Callable[[int], object] = lambda _sent: None
    ctx: RunContext | None = None
    ended: bool = False
    seen: Counter[tuple[Step, Moment]] = field(default_factory=Counter)
    sent: int = 0
    dying: bool = False
    log: Path | None = None

    def reached(self, moment: Moment) -> bool:
        step = Step.END if self.ended else self.ctx.step if self.ctx is not None else Step.OPEN
        self.seen[step, moment] += 1
        return self.seen.total() == self.at or self.point == Point(step, moment, self.seen[step, moment])

    def die(self) -> None:
        self.last_words(self.sent)
        os.kill(os.getpid(), signal.SIGKILL)

    def over(self, engine: Engine, log: Path) -> None:
        """Watch the commits of an engine. The log is not folded into the file, so that its end is where it grows."""
        self.log = log
        event.listen(engine, "connect", _fast)
        event.listen(engine, "commit", lambda _connection: self._commit())
        event.listen(engine, "checkin", lambda _connection, _record: self.die() if self.dying else None)

    def _commit(self) -> None:
        if self.dying:
            return
        if self.reached(Moment.DURING_COMMIT):
            self.dying = True  # a commit that writes less than that is whole, and the process dies right after it
            self.last_words(self.sent)
            assert self.log is not None
            written = self.log.stat().st_size if self.log.exists() else 0
            nth = self.point.nth if self.point is not None else 0
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            room = written + (nth % 2) * FRAME + FRAME // 2
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Watched(httpx.AsyncBaseTransport):
    """Real HTTP to the server at `base`, watched: the moments around each request. (The address that the settings name
    is the stage's, since a pair whose address changed writes nothing.)"""

    def __init__(self, watch: Watch, base: str) -> None:
        self._watch, self._base, self._wire = watch, httpx.URL(base), httpx.AsyncHTTPTransport(verify=TLS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        watch = self._watch
        if watch.dying:
            watch.die()
        if watch.reached(Moment.BEFORE_SEND):
            watch.die()
        watch.sent += 1
        if watch.reached(Moment.AFTER_SEND):
            request.extensions = {**request.extensions, "trace": self._left}
        lost = watch.reached(Moment.REPLY_LOST)
        request.url = request.url.copy_with(host=self._base.host, port=self._base.port)
        response = await self._wire.handle_async_request(request)
        if lost:
            await response.aread()
            await response.aclose()
            watch.dying = True
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return response

    async def _left(self, name: str, _info: dict[str, Any]) -> None:
        if name.endswith("send_request_body.complete"):
            self._watch.die()

    async def aclose(self) -> None:
        await self._wire.aclose()


def _fast(connection: Any, _record: Any) -> None:
    """A crash of the machine is no matter here, so the disk need not be waited for."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA wal_autocheckpoint=0")
