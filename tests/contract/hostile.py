"""Real servers on a socket that break every rule: what they send is a script, what they got is kept."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connector.sides.budget import Budget
from connector.sides.http import Wire, WireOptions
from tests.contract.harness import ListJournal, TestClock
from tests.contract.wires import PLACE

CERTIFICATE = Path(__file__).with_name("self_signed.pem")
"""A certificate for 127.0.0.1 with its key, signed by nobody else: made for these tests, trusted by no machine."""

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Hostile:
    """A server that reads a request's head and then does as its script says. `sent`: bytes that a client took."""

    script: Script
    heads: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await self.script(writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(script: Script, *, tls: bool = False) -> AsyncIterator[Hostile]:
    """The server, listening on this machine alone until the block ends."""
    hostile = Hostile(script)
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    server = await asyncio.start_server(hostile.serve, "127.0.0.1", 0, ssl=context)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        await server.wait_closed()


def answer(head: str, *chunks: bytes, endless: bool = False) -> Script:
    """Sends a head and some bytes; `endless`: the last ones for ever, until the client has had enough."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
        await writer.drain()
        while endless:
            writer.write(chunks[-1])
            await writer.drain()

    return script


@asynccontextmanager
async def wire_to(server: Hostile, *, scheme: str = "http", **options: object) -> AsyncIterator[Wire]:
    """A client of that server over a real connection; its waits cost no time."""
    clock = TestClock()
    wire = Wire(
        PLACE, f"{scheme}://127.0.0.1:{server.port}/", WireOptions(**options),  # type: ignore[arg-type]  # its keywords
        budget=Budget("k", [], clock), journal=ListJournal(), clock=clock, methods=frozenset({"GET", "POST"}),
        jitter=lambda: 0.0,
    )  # fmt: skip
    try:
        yield wire
    finally:
        await wire.aclose()
