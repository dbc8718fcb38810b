"""Error answers of the Clopos simulator: four vocabularies over one `Problem` (section 3.6, CL-12, CL-44)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from connector.simulator.kit import Switches
from connector.simulator.wire import Reply, html_reply, json_reply


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong. `error` is the slug, or the sentence where `message` is only "Validation failed"; `exception`
    and `text` appear in the list form alone; `extra` are further top-level keys of the string form."""

    status: int
    error: str
    message: str
    exception: str = "HttpException"
    text: str | None = None
    details: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def sentence(self) -> str:
        """The one text that says what is wrong."""
        return self.text or (self.error if self.message == VALIDATION_FAILED else self.message)


VALIDATION_FAILED = "Validation failed"


def invalid_parameter(parameter: str, message: str, value: object, valid: str) -> Problem:
    """400 for a parameter."""
    details = {"parameter": parameter, "provided_value": value, "valid_range": valid}
    return Problem(400, "invalid_parameter", message, "BadRequestHttpException", details=details)


def invalid(switches: Switches, attribute: str, sentence: str) -> Problem:
    """A create body that fails a check (CL-20)."""
    status = int(switches["validation_status"])
    return Problem(status, sentence, VALIDATION_FAILED, "ValidationException", details={"parameter": attribute})


def not_found(switches: Switches, what: str, key: object) -> Problem:
    """404 for an object; the list form quotes the model as the sandbox was seen to do (CL-12)."""
    model = "App\\Models\\Client\\Marketing\\Customer" if what == "Customer" else f"App\\Models\\{what}"
    text = f"No query results for model [{model}] {key}"
    return Problem(404, switches["not_found_slug"], f"{what} not found", "NotFoundHttpException", text)


def render(problem: Problem, generation: str, switches: Switches) -> Reply:
    """The answer, in the vocabulary of the day."""
    if problem.status in (500, 504):
        return gateway(problem.status, switches)
    shape = switches["error_shape"]
    if shape == "html":
        return html_reply(problem.status, HTTPStatus(problem.status).phrase)
    if shape == "list" or (shape == "documented" and generation == "v1" and problem.status == 404):
        return as_list(problem)
    if shape == "details":
        error = "validation_failed" if problem.message == VALIDATION_FAILED else problem.error
        body = {"error": error, "message": problem.sentence, "details": dict(problem.details or {})}
        return json_reply(problem.status, body)
    return as_string(problem)


def as_string(problem: Problem) -> Reply:
    """The documented v2 form."""
    body = {"success": False, "message": problem.message, "error": problem.error, **(problem.extra or {})}
    return json_reply(problem.status, body)


def as_list(problem: Problem) -> Reply:
    """The form observed on v1: `error` is a list of objects."""
    entry = {
        "message": problem.sentence,
        "type": "server_side",
        "exception": problem.exception,
        "code": 0,
        "http_code": problem.status,
    }
    return json_reply(problem.status, {"success": False, "error": [entry]})


def gateway(status: int, switches: Switches) -> Reply:
    """A 500 or 504 of the gateway (CL-44)."""
    phrase = HTTPStatus(status).phrase
    form = switches["gateway_body"]
    if form == "html":
        return html_reply(status, phrase)
    if form == "empty":
        return Reply(status)
    return json_reply(status, {"success": False, "message": phrase, "error": phrase.lower().replace(" ", "_")})
