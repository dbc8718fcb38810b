"""Refusals: docs/api/checkandplace.md 3.7, shape of the body by CP-16."""

from __future__ import annotations

from collections.abc import Mapping

from connector.simulator.wire import Reply, html_reply, json_reply

Errors = dict[str, list[str]]
"""A field, or `base`, and what is wrong with it."""


class Refused(Exception):
    """A request that is not served, with its status and the reasons."""

    def __init__(self, status: int, errors: Errors, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})


def base(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Refused:
    """A refusal that names no field."""
    return Refused(status, {"base": [sentence]}, headers)


def error_reply(shape: str, refused: Refused) -> Reply:
    """The answer in the shape of `error_body`: `errors`, `error`, `message`, `empty` or `html` (CP-16)."""
    if shape == "empty":
        reply = Reply(refused.status)
    elif shape == "html":
        reply = html_reply(refused.status, "Error")
    elif shape == "errors":
        reply = json_reply(refused.status, {"errors": refused.errors})
    else:
        sentences = (
            text if name == "base" else f"{name} {text}" for name, texts in refused.errors.items() for text in texts
        )
        reply = json_reply(refused.status, {shape: "; ".join(sentences)})
    reply.headers.update(refused.headers)
    return reply
