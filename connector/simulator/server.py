"""The simulators as a real HTTP server on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

import uvicorn

from connector.simulator.world import World

START_SECONDS = 10.0


def _bind(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _server(world: World) -> uvicorn.Server:
    # h11 is named, so that connections break the same way wherever httptools happens to be installed.
    config = uvicorn.Config(
        world.asgi,
        http="h11",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(
    world: World, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one; `ready` gets the base URL before the first request.
    OSError where the port is taken."""
    listening = _bind(host, port)
    try:
        if ready is not None:
            ready(_url(listening))
        _server(world).run(sockets=[listening])
    finally:
        listening.close()


class RunningServer:
    """A server in a thread: `with RunningServer(world) as server: server.base_url`."""

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world, self._host, self._port = world, host, port
        self.base_url = ""

    def __enter__(self) -> RunningServer:
        self._listening = _bind(self._host, self._port)
        self.base_url = _url(self._listening)
        self._server = _server(self.world)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}, name="simulator", daemon=True
        )
        self._thread.start()
        give_up = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > give_up:
                raise RuntimeError("the simulator did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._listening.close()
