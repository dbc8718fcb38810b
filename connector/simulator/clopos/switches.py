"""The switches of the Clopos simulator: the assumption register (docs/api/clopos.md, 7) as words.

All behaviour here is assumed, never a claim about the vendor, and says so in its help. Entries of the register that
leave nothing to switch stand in `NO_SWITCH` with the reason. Switches beside the register, which only give numbers to
an entry or states to section 2, carry `(ours)`, so that a bare id still names the register's own switch.
"""

from __future__ import annotations

from typing import Final

from connector.simulator.kit import Switch


def _switch(register: str, name: str, default: str, *alternatives: str, text: str, free: bool = False) -> Switch:
    return Switch(register, name, default, alternatives, f"assumed: {text}", free)


TABLE: Final[tuple[Switch, ...]] = (
    # Generations, authentication, permission
    _switch("CL-01", "generation", "both", "v2", "v1", text="generations mounted; the other one answers 404"),
    _switch("CL-13", "test_mode_mismatch", "off", "on",
            text="integrator and brand differ in kind: auth 200, success false"),
    _switch("CL-14", "auth_vocabulary", "sentences", "slugs", text="401 of v2 calls: sentences, or unauthorized"),
    _switch("CL-27", "token_ttl", "3600", "120", "3600/120",
            text="life of a token in s; 3600/120 announces 3600 and ends after 120", free=True),
    _switch("CL-28", "token_form", "documented", "random", text="v2 a JWT and v1 oauth_…, or random text"),
    _switch("CL-29", "bad_venue", "404", "403", "400", "ignored", text="x-venue that the brand does not have"),
    _switch("CL-30", "client_disabled", "off", "401", "403", "200",
            text="auth says Client is disabled, with this status"),
    _switch("CL-31", "v1_bad_credentials", "401", "400", text="status of wrong credentials at v1 auth"),
    _switch("CL-32", "auth_lock", "off", "429", text="v1 auth is locked for 5 minutes after 5 failures in a row"),
    _switch("CL-23", "permission", "all", "no_create", "nothing", text="403 on create, or on everything"),
    _switch("2.4 (ours)", "integrator", "active", "disabled",
            text="the integrator is switched off: Invalid integrator_id"),
    # Listing
    _switch("CL-03", "customers_sort", "honoured", "ignored", "400", text="sort on customers"),
    _switch("CL-04", "limit_max", "documented", "200", text="largest limit of customers: v2 999, v1 100; any number",
            free=True),
    _switch("CL-04", "limit_excess", "400", "clamp", text="what a limit above the largest does"),
    _switch("CL-07", "unknown_filter", "ignored", "400", text="a filter on a field that cannot be filtered"),
    _switch("CL-08", "phone_filter", "digits", "exact", text="phones filter: part of the digits, or the exact text"),
    _switch("CL-09", "customer_scope", "brand", "venue", text="what a call sees: the brand, or its venue"),
    _switch("CL-11", "list_shape", "total", "no_total", "pagination", "bare_array", text="envelope of lists"),
    _switch("CL-11", "object_shape", "envelope", "bare", text="envelope of one customer"),
    _switch("CL-16", "default_sort", "created_at", "id", text="order without sort: created_at falling, id rising"),
    _switch("CL-16", "insert_during_scan", "off", "on",
            text="a new customer is typed in after each answered list page, see insert_during_scan_rows"),
    _switch("CL-16 (ours)", "insert_during_scan_rows", "3",
            text="how many rows insert_during_scan adds in all", free=True),
    _switch("CL-25", "raw_brackets_only", "off", "on", text="percent-encoded brackets are not understood"),
    _switch("CL-33", "v1_paging", "page", "offset", text="v1 pages by page, or by offset (page ignored)"),
    _switch("CL-34", "get_with", "ignored", "honoured", text="with on get by id"),
    _switch("CL-35", "filters_combine", "and", "or", text="several filters"),
    _switch("CL-35", "name_match", "ignores_case", "exact_case", text="name filter"),
    _switch("CL-36", "search", "ignored", "honoured_in_v1", text="search by name or email"),
    _switch("CL-37", "date_filter", "ignored", "honoured", "400", text="date[0], date[1]: whole days of created_at"),
    _switch("CL-49", "past_end", "empty", "last_page", "404", text="a page past the end"),
    # What an answer carries
    _switch("CL-15", "updated_at_zone", "utc", "baku", text="times labelled Z: true UTC, or UTC+4 wall time"),
    _switch("CL-18", "phones_content", "documented", "additional", "primary_included",
            text="phones: v2 empty and v1 with the primary; only further numbers; primary and further numbers"),
    _switch("CL-19", "nulls", "never", "group", "cid", "venue",
            text="that attribute is null in customers with an even id that were not made by API"),
    _switch("CL-26", "odd_gender", "off", "on", text="customers with an id divisible by 5 carry gender 0 or 3"),
    _switch("CL-38", "meta", "full", "none", "local_timestamp", text="time, timestamp, unix, sorts beside data"),
    _switch("CL-39", "id_type", "int", "string", text="type of a customer's id"),
    _switch("CL-40", "extra_fields", "v1", "both", text="generations that carry the v1-only attributes"),
    _switch("CL-41", "group_shape", "documented", "int", "total_amount",
            text="discount_type as int; with total_amount"),
    _switch("CL-42", "create_group", "v1", "both",
            text="generations whose create answer has the group if one was sent"),
    _switch("CL-45", "broken_timestamp", "off", "some", "future",
            text="group 3 and customers with an id divisible by 7 carry a broken time; one customer is dated 2099"),
    _switch("CL-48", "add_fields", "none", "loyalty_level,visits",
            text="attributes added to every customer, comma separated; values differ from answer to answer", free=True),
    _switch("CL-48", "drop_fields", "none", "address,description,gender",
            text="attributes missing from every customer, comma separated", free=True),
    # Creating
    _switch("CL-02", "mutation_status", "405", "404", text="PUT, PATCH, DELETE of customers"),
    _switch("CL-05", "create_fault", "none", "commit_504", "commit_drop", "504",
            text="what a create ends in; strikes each body once, see create_fault_strikes"),
    _switch("CL-05 (ours)", "create_fault_strikes", "once", "always",
            text="does create_fault strike a body once, or each time it is sent"),
    _switch("CL-06", "duplicate_form", "409", "400_sentence", "422", "list",
            text="answer to a clash: phone, code, cid"),
    _switch("CL-08", "phone_compare", "exact", "digits", text="how a create compares phones, stored as sent"),
    _switch("CL-20", "validation", "full", "name_only", text="what a create checks"),
    _switch("CL-20", "validation_status", "400", "422", text="status of a failed check"),
    _switch("CL-22", "idempotency_key", "ignored", "honoured_in_v1", text="Idempotency-Key"),
    _switch("CL-24", "create_status", "200", "201", text="status of a create"),
    _switch("CL-46", "cid_compare", "exact", "ignoring_case", text="how a create compares cids, stored as sent"),
    _switch("CL-47", "unknown_fields", "ignored", "400", text="unknown attributes in a create"),
    # Errors and limits
    _switch("CL-12", "error_shape", "documented", "list", "details", "html",
            text="errors of authenticated calls: v2 strings and v1's 404 as a list; all lists; details; a page"),
    _switch("CL-12", "not_found_slug", "not_found", "resource_not_found", text="error of a 404"),
    _switch("CL-21", "rate_limit_form", "headers", "retry_after", "html", "no_headers", text="answer 429"),
    _switch("CL-21 (ours)", "rate_limit", "on", "off", text="are there limits at all"),
    _switch("CL-21 (ours)", "rate_auth", "60", text="tier 1, POST /auth of v2 by client address", free=True),
    _switch("CL-21 (ours)", "rate_failed", "600", text="tier 2, failed v2 calls by client address", free=True),
    _switch("CL-21 (ours)", "rate_calls", "300", text="tier 3, v2 calls by integrator and brand", free=True),
    _switch("CL-21 (ours)", "rate_v1", "100", text="v1 calls by key", free=True),
    _switch("CL-21 (ours)", "rate_v1_hour", "1000", text="v1 calls by key in 60 windows", free=True),
    _switch("CL-21 (ours)", "rate_window", "60", text="length of the sliding window in simulated s", free=True),
    _switch("CL-43", "rate_headers", "authenticated", "all", text="answers with rate headers; all: /auth and 401 too"),
    _switch("CL-44", "gateway_body", "json", "html", "empty", text="body of 500 and 504"),
    # What staff do
    _switch("CL-10", "staff_delete", "hidden", "deleted_at", text="a deleted customer: gone and 404, or stays marked"),
    _switch("CL-10", "deleted_phone", "kept", "freed", text="does a deleted customer keep its phone (409)"),
    _switch("CL-17", "sale_moves_updated_at", "yes", "no", text="does a sale move updated_at"),
)  # fmt: skip

FORMS: Final[dict[str, str]] = {
    "token_ttl": r"\d+(/\d+)?",
    "limit_max": r"documented|[1-9]\d*",
    "insert_during_scan_rows": r"\d+",
    "add_fields": r"\w+(,\s*\w+)*",
    "drop_fields": r"\w+(,\s*\w+)*",
    **{f"rate_{tier}": r"\d+" for tier in ("auth", "failed", "calls", "v1", "v1_hour")},
    "rate_window": r"\d+(\.\d+)?",
}
"""What the words of free switches look like, as regular expressions."""

NO_SWITCH: Final[dict[str, str]] = {
    "CL-50": "not simulated: the back-office import is no part of the API",
}
