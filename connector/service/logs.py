"""How the daemon logs: structlog, one line an event, JSON for machines or columns for people, masked at the door."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import IO, Any, Literal

import structlog

from connector.domain.errors import ConnectorError
from connector.service.faults import describe
from connector.service.masking import mask_event

Style = Literal["json", "console"]
# They tell each request with its address (a look-up by phone has the number in it), or each tick.
TALKATIVE = ("httpx", "httpcore", "apscheduler", "sqlalchemy", "alembic", "uvicorn.access", "asyncio", "tzlocal")


def _place(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces a traceback, whose last line is the error's own text, by the error's type and place."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, ConnectorError):
        event.update(code=error.code, error=error.engineer or error.manager)
    elif isinstance(error, BaseException):
        event.update(code="internal", error=describe(error))
    return event


def configure(style: Style | None = None, level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Sends our own events and those of the libraries to `stream` (stderr). Without `style`: columns on a terminal,
    else JSON. Bound context (`structlog.contextvars`: pair, run, kind) is part of every event."""
    target = stream or sys.stderr
    chosen = style or ("console" if target.isatty() else "json")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place,
        mask_event,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if chosen == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=32)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
