"""What a refusal of Check&Place says. No error body is documented: any must be survived, the status decides (CP-16)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from connector.domain.errors import AuthError, ConfigError, RefusedByServer
from connector.domain.values import Json
from connector.sides import problems
from connector.sides.http import Answer
from connector.sides.problems import Place
from connector.sides.redact import redact

UNDERSCORE_HINT = (
    "names of headers with underscores (EMPLOYEE_TOKEN, STORE_PIN_CODE, SLUG_NAME) are dropped by some proxies "
    "(CP-38); the Authorization value may have to begin with 'Token ' (CP-34)"
)
_FIELDS = (
    ("primary_phone_number", re.compile(r"phone", re.I)),
    ("email", re.compile(r"e-?mail", re.I)),
    ("customer_type_id", re.compile(r"type", re.I)),
    ("gender", re.compile(r"gender", re.I)),
    ("last_name", re.compile(r"last.?name|surname", re.I)),
    ("first_name", re.compile(r"first.?name", re.I)),
    ("nickname", re.compile(r"nickname", re.I)),
    ("per_page", re.compile(r"per.?page", re.I)),
)
_TAKEN = re.compile(r"\btaken\b|duplicat|\bunique\b|already (?:exists?|in use|registered)", re.I)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failure as the server tells it. `field` is the attribute it names, the first if several, None if none."""

    status: int
    text: str
    field: str | None

    @property
    def duplicate(self) -> bool:
        """A 409, or a 400/422 that says that a value is taken (CP-14)."""
        return self.status == 409 or (self.status in (400, 422) and bool(_TAKEN.search(self.text)))


def refusal_of(answer: Answer) -> Refusal:
    """Read `{"errors": {field: [texts]}}`, `{"error": …}`, `{"message": …}`, an array, HTML, text or nothing."""
    try:
        data: Json = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(answer.status, answer.body[:2000].decode("utf-8", "replace"), None)
    named: str | None = None
    errors = data.get("errors") if isinstance(data, dict) else None
    if isinstance(errors, dict):
        named = next((str(name) for name in errors if name != "base"), None)
    text = "; ".join(_texts(data))[:2000]
    return Refusal(answer.status, text, _field_of(named, text))


def _texts(data: Json, depth: int = 0) -> list[str]:
    if isinstance(data, str):
        return [data]
    if depth > 5:
        return []
    if isinstance(data, dict):
        return [f"{key}: {text}" for key, value in data.items() for text in _texts(value, depth + 1)]
    if isinstance(data, list):
        return [text for value in data[:20] for text in _texts(value, depth + 1)]
    return []


def _field_of(named: str | None, text: str) -> str | None:
    for words in (named, text):
        for name, pattern in _FIELDS:
            if words and pattern.search(words):
                return name
    return None


def stopping(
    place: Place, refusal: Refusal, method: str, route: str, *, app: bool = False
) -> AuthError | ConfigError | None:
    """401 and 403 stop the run at once, a redirect is a wrong address; None for the rest. `app`: a call of (a)."""
    hint = UNDERSCORE_HINT if app else "the token comes from the configuration alone and is never renewed (CP-36)"
    if refusal.status == 401:
        return problems.auth_refused(place, 401, redact(refusal.text), hint=hint)
    if refusal.status == 403:
        return problems.permission_refused(place, 403, redact(refusal.text), method, route, hint=hint)
    if 300 <= refusal.status < 400:
        return problems.redirected(place, refusal.status, method, route)
    return None


def refused_write(
    place: Place, refusal: Refusal, method: str, route: str, sent: Json
) -> RefusedByServer | ConfigError:  # fmt: skip
    """A write that was answered with no: nothing happened there. A 404 of a create can only mean its path, a 405 that
    of either (CP-43): ConfigError."""
    if refusal.status == 405 or (refusal.status == 404 and method == "POST"):
        return problems.wrong_address(place, refusal.status, method, route, "paths")
    what = "created" if method == "POST" else "changed"
    code, why = "rejected", "did not accept it"
    next_step = f"connector holds list --pair {place.pair}"
    if refusal.duplicate:
        code, why = "duplicate", "says that another customer already has one of its values"
    elif refusal.status == 404:
        code, why = "not-found", "does not know this customer (any more)"
    elif refusal.field == "customer_type_id":  # CP-26
        code, why = "type-unknown", "does not know the customer type that the settings name"
        if not (isinstance(sent, dict) and "customer_type_id" in (sent.get("customer") or sent)):
            code, why = "type-needed", "wants a customer type, and the settings name none"
        next_step = f"correct [pairs.{place.pair}.types], then {place.doctor}"
    about = f" ({refusal.field})" if refusal.field else ""
    return RefusedByServer(
        code,
        f"Check&Place {why}{about}: this customer was not {what}, the others go on.",
        status=refusal.status,
        field=refusal.field,
        duplicate=refusal.duplicate,
        engineer=f"status {refusal.status}: {redact(refusal.text, sent) or 'no text'}",
        next_step=next_step,
    )
