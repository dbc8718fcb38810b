"""Questions at the screen. Ctrl-C and SIGTERM end them at once, whoever had those signals before."""

from __future__ import annotations

import signal
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)
AGAIN = "Please answer y or n."


def yes(question: str) -> bool:
    """Asks on stderr until it is answered with y(es) or n(o), whatever their case; Enter and the end of the input
    (Ctrl-D) are a no. What was typed before it was asked is no answer. Raises KeyboardInterrupt on Ctrl-C and
    SIGTERM."""
    _forget_what_was_typed()
    while True:
        answer = ask(f"{question} [y/N]: ")
        if answer is None:
            _say("\n")
            return False
        if answer.lower() in ("y", "yes"):
            return True
        if answer.lower() in ("", "n", "no"):
            return False
        _say(f"{AGAIN}\n")


def ask(prompt: str) -> str | None:
    """One line from stdin, without the blanks around it; None at the end of the input. What no letters can be made of
    comes with the sign for that. Raises KeyboardInterrupt on Ctrl-C and SIGTERM."""
    with _signals_end_it():  # before the question is seen: whoever sees it may press Ctrl-C at once
        _say(prompt)
        line = sys.stdin.buffer.readline() if hasattr(sys.stdin, "buffer") else sys.stdin.readline().encode()
    return line.decode(sys.stdin.encoding or "utf-8", errors="replace").strip() if line else None


def _forget_what_was_typed() -> None:
    with suppress(OSError, ValueError, termios.error):  # no terminal, or none at all
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """While a line is waited for, both signals raise KeyboardInterrupt. An event loop that watches them hears nothing
    of it: it does not turn while somebody is asked, so what it hears it would obey after the answer."""
    if threading.current_thread() is not threading.main_thread():  # the only one that may say what signals do
        yield
        return
    waking = signal.set_wakeup_fd(-1)
    before = {number: signal.signal(number, _end) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(waking)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
