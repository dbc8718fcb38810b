"""What a refusal of Clopos says: one tolerant reader for its four error shapes (docs/api/clopos.md 3.6, CL-12)."""

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

SLUG = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_FIELDS = (  # the attribute a text speaks of; the first that fits
    ("phone", re.compile(r"\bphones?\b|phone_number", re.I)),
    ("cid", re.compile(r"\bcid\b", re.I)),
    ("email", re.compile(r"\be-?mail\b", re.I)),
    ("date_of_birth", re.compile(r"date[_ ]of[_ ]birth|birth ?da(?:y|te)", re.I)),
    ("group_id", re.compile(r"\bgroup(?:[_ ]id)?\b", re.I)),
    ("gender", re.compile(r"\bgender\b", re.I)),
    ("description", re.compile(r"\bdescription\b", re.I)),
    ("code", re.compile(r"(?<!error )(?<!status )\bcode\b", re.I)),
    ("limit", re.compile(r"\blimit\b", re.I)),
    ("sort", re.compile(r"\bsort\b", re.I)),
    ("name", re.compile(r"\bname\b", re.I)),
)
_DUPLICATE = re.compile(r"duplicat|\bunique\b|already (?:exists?|in use|been taken|taken)|\bexists\b|\btaken\b", re.I)
_MISSING = re.compile(r"\b(?:no|not|n't)\b[^.]{0,40}\bexist", re.I)
_FATAL = re.compile(r"invalid.integrator|integrator.*test.mode|brand.*test.mode|client.*disabled", re.I)
_BY_SLUG = {"not_found": 404, "resource_not_found": 404, "unauthorized": 401, "authentication_failed": 401}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failure as Clopos tells it. `status` is what it means: the HTTP status, or for a 200 with `success: false`
    (CL-13) the one its error names, else 400. `slug` is the stable identifier if there is one, `text` the sentence,
    `field` the attribute it speaks of, `duplicate` whether it says that a unique value is taken (CL-06)."""

    status: int
    slug: str | None
    text: str
    field: str | None

    @property
    def words(self) -> str:
        return f"{self.slug or ''} {self.text}".strip()

    @property
    def fatal(self) -> bool:
        """One of the texts after which a new token changes nothing (section 2.4, CL-14, CL-30)."""
        return bool(_FATAL.search(self.words.replace("_", " ")))

    @property
    def duplicate(self) -> bool:
        words = self.words.replace("_", " ")
        return self.status == 409 or (
            self.status in (400, 422) and bool(_DUPLICATE.search(words)) and not _MISSING.search(words)
        )


def read_refusal(status: int, body: bytes) -> Refusal:
    """Whatever the body is: envelope, list form, `details` form, HTML or nothing (CL-12, CL-44)."""
    try:
        data: Json = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:2000].decode("utf-8", "replace")
        return Refusal(status if status >= 300 else 400, None, text, None)
    texts: list[str] = []
    slug: str | None = None
    meant: int | None = None
    named: str | None = None
    for source in _sources(data):
        for key in ("error", "message", "code", "type", "exception"):
            value = source.get(key)
            if not isinstance(value, str) or not value.strip():
                continue
            if key in ("error", "code") and SLUG.match(value) and slug is None:
                slug = value
            elif key in ("error", "message"):
                texts.append(value.strip())
        code = source.get("http_code")
        meant = code if meant is None and isinstance(code, int) and 400 <= code < 600 else meant
        parameter = source.get("parameter") or source.get("field")
        named = parameter if isinstance(parameter, str) else named
    text = "; ".join(dict.fromkeys(texts))
    if 200 <= status < 300:
        status = meant or _status_of(slug)
    return Refusal(status, slug, text, _field_of(named, slug, text))


def _sources(data: Json) -> list[dict[str, Json]]:
    """The objects that may hold the words: the body itself, its `error` (object or list of objects), its `details`."""
    if not isinstance(data, dict):
        return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    found = [data]
    for key in ("error", "errors", "details"):
        inner = data.get(key)
        items = inner if isinstance(inner, list) else [inner]
        found += [item for item in items if isinstance(item, dict)]
        found += [{"message": item} for item in items if isinstance(item, str) and isinstance(inner, list)]
    return found


def _status_of(slug: str | None) -> int:
    if slug and slug.startswith("duplicate"):
        return 409
    return _BY_SLUG.get(slug or "", 400)


def _field_of(named: str | None, slug: str | None, text: str) -> str | None:
    for words in (named, (slug or "").replace("_", " "), text):
        for name, pattern in _FIELDS:
            if words and (words == name or pattern.search(words)):
                return name
    return None


def fatal_error(place: Place, refusal: Refusal) -> AuthError:
    """`Invalid integrator_id`, a test/production mismatch, `Client is disabled`: nothing the connector can repair."""
    return problems.auth_refused(
        place, refusal.status, redact(refusal.words), hint="this does not go away by trying again (clopos.md 2.4)"
    )


def stopping(place: Place, refusal: Refusal, method: str, route: str) -> AuthError | ConfigError | None:
    """The error for what stops a run whatever the call was: 401, 403, fatal texts, redirects; None for the rest."""
    said = redact(refusal.words)
    if refusal.fatal:
        return fatal_error(place, refusal)
    if refusal.status == 401:
        return problems.auth_refused(place, 401, said)
    if refusal.status == 403:
        return problems.permission_refused(place, 403, said, method, route)
    if 300 <= refusal.status < 400:
        return problems.redirected(place, refusal.status, method, route)
    return None


def refused_create(place: Place, refusal: Refusal, sent: Json) -> RefusedByServer:
    """A create that Clopos answered with no: nothing was made there (CL-06, CL-20). The text carries no value sent."""
    code = "duplicate" if refusal.duplicate else "rejected"
    about = f" because of its {refusal.field}" if refusal.field else ""
    taken = "says that another customer already has one of its values" if refusal.duplicate else "did not accept it"
    return RefusedByServer(
        code,
        f"Clopos {taken}{about}: this customer was not created, the others go on.",
        status=refusal.status,
        slug=refusal.slug,
        field=refusal.field,
        duplicate=refusal.duplicate,
        engineer=f"status {refusal.status} on POST /customers: {redact(refusal.words, sent) or 'no text'}",
        next_step=f"connector holds list --pair {place.pair}",
    )


def refusal_of(answer: Answer) -> Refusal:
    """The refusal that an answer is."""
    return read_refusal(answer.status, answer.body)
