"""The daemon as a process: signals become its stop, and its end an exit code."""

from __future__ import annotations

import asyncio
import signal

from connector.domain.errors import ExitCode
from connector.service.daemon import Daemon

STOPPING = (signal.SIGTERM, signal.SIGINT)


async def serve(daemon: Daemon) -> ExitCode:
    """Runs the daemon until SIGTERM or SIGINT; a second one cancels running work instead of waiting for it.

    DONE also when work was cancelled: the next start finds out what became of it, and a stop that was asked for is no
    failure to the one who asked.
    """
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, daemon.request_stop)
    try:
        await daemon.serve()
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)
    return ExitCode.DONE
