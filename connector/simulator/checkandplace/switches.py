"""The switches of the Check&Place simulator: the assumption register (docs/api/checkandplace.md, 7) as words.

All behaviour here is assumed, never a claim about the vendor, and says so in its help. Entries of the register that
leave nothing to switch stand in `NO_SWITCH` with the reason. Switches beside the register, which only give numbers to
an entry's alternative, carry the entry's id followed by `(ours)`, so that the bare id still names one switch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from connector.simulator.kit import Switch


def _number(word: str) -> None:
    if not (word.isascii() and word.isdigit()):
        raise ValueError("must be a whole number")


def _size(word: str) -> None:
    _number(word)
    if int(word) < 1:
        raise ValueError("must be at least 1")


def _zone(word: str) -> None:
    try:
        ZoneInfo(word)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a zone such as Asia/Baku") from None


def _app_path(word: str) -> None:
    if not word.startswith("/api/v1/"):
        raise ValueError("must begin with /api/v1/")


def _fields(word: str) -> None:
    if not names(word):
        raise ValueError("must be field names with commas between, or none")


def names(word: str) -> tuple[str, ...]:
    """The field names of a comma separated word; `none` is no name."""
    return () if word == "none" else tuple(name.strip() for name in word.split(",") if name.strip())


def _switch(
    register: str, name: str, default: str, *alternatives: str, text: str, check: Callable[[str], None] | None = None
) -> Switch:
    """With `check` the switch also takes free text."""
    return Switch(register, name, default, alternatives, f"assumed: {text}", check is not None, check)


TABLE: Final[tuple[Switch, ...]] = (
    # The listing of (b)
    _switch("CP-01", "list_shape", "customers", "bare_array", "data", text="where the rows of a listing stand"),
    _switch("CP-02", "list_meta", "none", "meta", text="totals beside the rows (not with a bare array)"),
    _switch("CP-03", "per_page_max", "50", "20", "100", text="largest per_page; any number", check=_size),
    _switch("CP-03", "per_page_excess", "capped", "422", text="what a per_page above the largest does"),
    _switch("CP-04", "list_order", "newest_first", "created_at", text="order; newest first shifts pages on an insert"),
    _switch("CP-05", "unknown_param", "ignored", "422", text="query parameters the listing does not know"),
    _switch("CP-05", "phone_filter", "off", "phone_number", text="filter by phone_number, compared by digits"),
    _switch("CP-06", "changed_since", "off", "updated_at", text="filter updated_at: rows of that minute or later"),
    _switch("CP-23", "list_content", "all", "inactive_hidden", "anonymous_hidden", "blacklisted_hidden",
            text="customers that a listing leaves out"),
    _switch("CP-31", "customer_scope", "store", "organisation",
            text="a token sees its store, or all stores of the organisation"),
    _switch("CP-51", "past_end", "empty", "last_page", "404", text="a page past the end"),
    _switch("CP-51", "paging", "honoured", "ignored", text="is page honoured; ignored gives page 1 for every page"),
    # The customer object
    _switch("CP-07", "store_zone", "Europe/Istanbul", "UTC", text="zone of the times; any zone name", check=_zone),
    _switch("CP-08", "time_format", "day_first", "iso", "year_first",
            text="times of (b): DD.MM.YYYY HH:mm, ISO 8601 or YYYY-MM-DD HH:MM; (a) is always the first"),
    _switch("CP-11", "phone_read", "full", "national", "plus", "region", "no_country_code",
            text="form of primary_phone_number and country_code in answers"),
    _switch("CP-13", "gender_map", "1_male_2_female", "1_female_2_male", "string_write", "other_language",
            text="integers of gender; string_write also takes the words; other_language answers Turkish words"),
    _switch("CP-25", "permit_values", "booleans", "onay_ret", text="permits that are set: true, false or ONAY, RET"),
    _switch("CP-27", "tag_shape", "objects", "strings", text="a tag: {id, name} or its name"),
    _switch("CP-28", "empties", "newer", "older", text='older: country "" and allow_email null where empty'),
    _switch("CP-30", "add_fields", "none", "birthday,address",
            text="fields added to every customer, comma separated; values differ with each answer", check=_fields),
    _switch("CP-30", "drop_fields", "none", "note,tags,guest_language",
            text="fields missing from every customer, comma separated", check=_fields),
    _switch("CP-41", "object_shape", "full", "small", text="(b) customers whole, or id, names, phone, email, gender"),
    # Writing
    _switch("CP-10", "required", "first_name_and_phone", "none", "also_last_name_and_type",
            text="fields that a create must carry, else 422"),
    _switch("CP-12", "phone_write", "digits", "normalises", text="phone on write: digits or 422, or made digits"),
    _switch("CP-14", "duplicate_phone", "422", "409", "200_existing", "second_record",
            text="a create with a phone that is held; an update is refused unless second_record"),
    _switch("CP-15", "phone_unique", "per_store", "not_unique", text="may two customers of a store hold one phone"),
    _switch("CP-19", "create_fault", "none", "drop_after_commit", "drop_without_commit", "5xx_after_commit",
            text="what a create ends in; strikes each body once, see create_fault_strikes"),
    _switch("CP-19 (ours)", "create_fault_strikes", "once", "always",
            text="does create_fault strike a body once, or each time it is sent"),
    _switch("CP-20", "patch", "null_clears", "null_ignored", "full_replace",
            text="PATCH: omitted stays and null clears; null is ignored; omitted is cleared"),
    _switch("CP-21", "write_body", "customer", "bare", "204", text="body of the answer of create and update"),
    _switch("CP-22", "create_status", "200", "201", text="status of a create"),
    _switch("CP-26", "unknown_type", "422", "ignored", text="a customer_type_id the store does not know"),
    _switch("CP-40", "extra_write", "email_accepted", "email_ignored", "unknown_422",
            text="fields beyond the known five; unknown_422 refuses email too"),
    _switch("CP-45", "limits", "none", "255", text="largest length of a text, else 422"),
    _switch("CP-52", "create_flags", "sms_true", "both_false",
            text="allow_sms and allow_email of a customer created over the wire"),
    _switch("CP-53", "anonym_update", "stays_anonym", "becomes_person", "422",
            text="an update with a phone on an anonymous customer"),
    # Refusals, credentials, limits
    _switch("CP-16", "error_body", "errors", "error", "message", "empty", "html", text="body of every error"),
    _switch("CP-17", "auth_failure", "401", "403", text="status for missing or wrong credentials"),
    _switch("CP-17", "unknown_id", "404", "422", text="status for an id that this store does not have"),
    _switch("CP-18", "rate_limit", "none", "retry_after", "bare_429", text="429 with Retry-After or without"),
    _switch("CP-18 (ours)", "rate_limit_requests", "60", text="requests a window and credential", check=_number),
    _switch("CP-18 (ours)", "rate_limit_window", "60", text="length of the sliding window, simulated s", check=_number),
    _switch("CP-36", "token_revoked", "off", "20", text="credentials end after that many requests", check=_number),
    # Generation (a)
    _switch("CP-24", "destroy", "is_active_false", "row_removed", text="what DELETE of (a) does"),
    _switch("CP-32", "anonymous_update", "served", "off", text="PATCH /api/v1/customers/{id}/nickname"),
    _switch("CP-33", "slug_required", "yes", "no", text="must (a) carry SLUG_NAME"),
    _switch("CP-34", "authorization_form", "both", "token_only", "bare_only", text="Authorization: Token x, or x"),
    _switch("CP-38", "drop_underscore_headers", "off", "on", text="a proxy that drops header names with underscores"),
    _switch("CP-43", "app_customers", "served", "wrapped", "off",
            text='create, show, update, destroy, types of (a); wrapped takes bodies as {"customer": {...}} only'),
    _switch("CP-43 (ours)", "types_path", "/api/v1/customer_types", text="path of types, in /api/v1/", check=_app_path),
    _switch("CP-44", "get_by_id", "404", "405", text="GET /v1/customers/{id}"),
    _switch("CP-46", "placeholder_language", "accept_language", "turkish",
            text="placeholder names of anonymous customers: Turkish or English by Accept-Language, or always Turkish"),
    _switch("CP-50", "anonymous_empty", "accepted", "422", text="an anonymous create without nickname and note"),
    # What staff do
    _switch("CP-48", "merge_loser", "leaves", "inactive", text="the loser of a merge in the back office"),
    _switch("CP-49", "touch_on_visit", "no", "yes", text="do visits, reviews and consent move updated_at"),
)  # fmt: skip

NO_SWITCH: Final[dict[str, str]] = {
    "CP-09": "minute precision always: there is no other behaviour to switch to",
    "CP-29": "one rule: nickname, else first and last name",
    "CP-35": "absent; add_fields of CP-30 adds a birthday or an address",
    "CP-37": "a store parameter is not needed; one that is sent is an unknown parameter of CP-05",
    "CP-39": "the server listens on any host and port it is told",
    "CP-42": "index and search of (a) are not served: 404",
    "CP-47": "never by itself; staff do it: CheckandplaceStore.identify",
}
