"""The HTTP edge of both simulators: a request read whole, planned faults, the request log, connections that break.

A side is one function from `Call` to `Reply`; `Gate` makes an ASGI application of it and `Doorstep`, outermost, cuts
connections. Nothing here knows a side's shapes.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from connector.simulator.kit import Faults, RequestLog, SimClock

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


class ConnectionDropped(Exception):
    """The connection is to be closed here and now; whatever was sent of the answer stays sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is whole (`/open-api/v2/customers`), `raw_query` as on the wire, `headers` lower-cased,
    `client` the peer's address."""

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    client: str

    def json(self) -> Any:
        """The parsed body; None where it is empty or no JSON."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def query(self) -> list[tuple[str, str]]:
        """The decoded parameters in the order sent, blank values kept."""
        return parse_qsl(self.raw_query, keep_blank_values=True)


@dataclass(slots=True)
class Reply:
    """One answer. `drop` closes the connection instead of sending it (the work is done, the answer lost)."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


def json_reply(status: int, data: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON answer, letters unescaped."""
    return Reply(status, json.dumps(data, ensure_ascii=False).encode(), JSON_TYPE, dict(headers or {}))


def html_reply(status: int, title: str) -> Reply:
    """The page a proxy shows."""
    text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{status} {title}</h1></body></html>"
    return Reply(status, text.encode(), HTML_TYPE)


Handler = Callable[[Call], Reply]
ErrorPage = Callable[[Call, int], Reply]


def plain_error(call: Call, status: int) -> Reply:
    """What an injected status looks like where the side has no shape of its own."""
    return json_reply(status, {"message": f"injected {status} on {call.method}"})


class Gate:
    """One side as an ASGI application: takes planned faults first (both contracts' check order begins with them),
    runs the handler under `lock`, logs every request, including those never answered (status None)."""

    def __init__(
        self,
        side: str,
        handler: Handler,
        log: RequestLog,
        faults: Faults,
        clock: SimClock,
        lock: threading.RLock | None = None,
        error_page: ErrorPage = plain_error,
    ) -> None:
        self.side, self.handler, self.log, self.faults, self.clock = side, handler, log, faults, clock
        self.lock = lock or threading.RLock()
        self.error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = await read_call(scope, receive)
        with self.lock:
            fault = self.faults.take(self.side, call.method, call.path)
        kind, _, argument = (fault or "").partition(":")
        if kind == "delay" and self.clock.scale > 0:
            await asyncio.sleep(float(argument) / self.clock.scale)
        with self.lock:
            reply = self._answer(call, kind, argument)
            self.log.add(
                side=self.side,
                at=self.clock.now(),
                method=call.method,
                path=call.path,
                query=dict(call.query()),
                body=call.json(),
                status=None if reply.drop else reply.status,
                fault=fault,
            )
        if reply.drop:
            raise ConnectionDropped
        await send_reply(reply, send, broken=kind == "break")

    def _answer(self, call: Call, kind: str, argument: str) -> Reply:
        """The answer under a fault; faults named `…_after`, `garbage`, `truncate` and `break` do the work first."""
        if kind == "status":
            return self.error_page(call, int(argument))
        if kind == "html":
            return html_reply(int(argument or 502), "Bad Gateway")
        if kind == "drop_before":
            return Reply(0, drop=True)
        reply = self.handler(call)
        if kind == "drop_after":
            reply.drop = True
        elif kind == "status_after":
            return self.error_page(call, int(argument))
        elif kind == "garbage":
            return Reply(200, b"\x00<<< no JSON here", reply.content_type, reply.headers)
        elif kind == "truncate":
            reply.body = reply.body[: len(reply.body) // 2]
        return reply


async def read_call(scope: Scope, receive: Receive) -> Call:
    """The request, its body read to the end."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    client = scope.get("client")
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        client=client[0] if client else "local",
    )


async def send_reply(reply: Reply, send: Send, *, broken: bool = False) -> None:
    """Send the answer; `broken` announces the whole length, sends half and raises ConnectionDropped."""
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", str(len(reply.body)).encode())]
    if reply.status == 204:
        headers = []
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if broken:
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        raise ConnectionDropped
    await send({"type": "http.response.body", "body": reply.body})


class Doorstep:
    """The outermost application: turns ConnectionDropped into a connection that really closes. Under uvicorn the
    socket is closed without another byte; without a socket (httpx.ASGITransport) the caller gets the error httpx
    raises for a server that hung up."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP is served, not {scope['type']}")
        try:
            await self.inner(scope, receive, send)
        except ConnectionDropped:
            # uvicorn hands out the bound method of its request cycle, which holds the socket's transport.
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            if transport is None:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.") from None
            transport.close()
            while (await receive())["type"] != "http.disconnect":
                pass
