"""Tells systemd how the daemon is (`Type=notify`). Without systemd every call does nothing."""

from __future__ import annotations

import os
import socket


def watchdog_seconds() -> float | None:
    """How often, at the latest, systemd wants a sign of life; None if it doesn't watch this process."""
    micro = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID")
    if not micro.isdigit() or int(micro) == 0 or (watched and watched != str(os.getpid())):
        return None
    return int(micro) / 1_000_000


def tell(*lines: str) -> bool:
    """Sends lines such as `READY=1` to systemd. False if nobody listens; never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # the abstract name space
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.connect(address)
            channel.sendall("\n".join(lines).encode())
    except OSError:
        return False
    return True
