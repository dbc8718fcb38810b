"""The register of docs/api/checkandplace.md, its switches and their cases are the same list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.simulator.checkandplace.switches import NO_SWITCH, TABLE
from connector.simulator.kit import Switch, Switches
from tests.simulation.test_checkandplace_access import CASES as ACCESS
from tests.simulation.test_checkandplace_reading import CASES as READING
from tests.simulation.test_checkandplace_writing import CASES as WRITING

CONTRACT = Path(__file__).parents[2] / "docs" / "api" / "checkandplace.md"
OURS = " (ours)"
CASES = {**READING, **WRITING, **ACCESS}

META = "`meta {has_next_page, current_page, per_page_count, total_count, total_page}` (form of the vendor's POS API)"

# The wording of the register, word for word, and the words of the switch in the same order.
WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("CP-01", "list_shape"): {
        '`GET /v1/customers`, `{"customers": […]}`': "customers",
        "bare array": "bare_array",
        "key `data`": "data",
    },
    ("CP-02", "list_meta"): {
        "none": "none",
        META: "meta",
    },
    ("CP-03", "per_page_max"): {"50": "50", "20": "20", "100": "100"},
    ("CP-03", "per_page_excess"): {"silently capped": "capped", "422": "422"},
    ("CP-04", "list_order"): {
        "newest first, inserts shift pages": "newest_first",
        "stable by `created_at`": "created_at",
    },
    ("CP-05", "unknown_param"): {"ignored": "ignored", "422": "422"},
    ("CP-05", "phone_filter"): {"off": "off", "`phone_number` honoured": "phone_number"},
    ("CP-06", "changed_since"): {"not supported": "off", "`updated_at` filter": "updated_at"},
    ("CP-07", "store_zone"): {"Europe/Istanbul": "Europe/Istanbul", "UTC": "UTC", "any": "Asia/Baku"},
    ("CP-08", "time_format"): {
        "`DD.MM.YYYY HH:mm`": "day_first",
        "ISO 8601": "iso",
        "`YYYY-MM-DD HH:MM`": "year_first",
    },
    ("CP-10", "required"): {
        "`first_name` + `primary_phone_number`, else 422": "first_name_and_phone",
        "none": "none",
        "also `last_name` and `customer_type_id`": "also_last_name_and_type",
    },
    ("CP-11", "phone_read"): {
        "full digits, `country_code` `90`": "full",
        "national + `90`": "national",
        "with plus": "plus",
        "`country_code` `TR`": "region",
        "`country_code` null": "no_country_code",
    },
    ("CP-12", "phone_write"): {"digits; plus or spaces 422": "digits", "normalises": "normalises"},
    ("CP-13", "gender_map"): {
        "0 unknown, 1 male, 2 female": "1_male_2_female",
        "1 and 2 swapped": "1_female_2_male",
        "string accepted on write": "string_write",
        "read strings in another language": "other_language",
    },
    ("CP-14", "duplicate_phone"): {
        "422": "422",
        "409": "409",
        "200 with the existing record": "200_existing",
        "second record": "second_record",
    },
    ("CP-15", "phone_unique"): {"per store": "per_store", "not unique": "not_unique"},
    ("CP-16", "error_body"): {
        '`{"errors": {…}}`': "errors",
        '`{"error": "…"}`': "error",
        '`{"message": "…"}`': "message",
        "empty": "empty",
        "HTML": "html",
    },
    ("CP-17", "auth_failure"): {"401": "401", "403": "403"},
    ("CP-17", "unknown_id"): {"404": "404", "422": "422"},
    ("CP-18", "rate_limit"): {"none": "none", "429 with `Retry-After`": "retry_after", "429 without": "bare_429"},
    ("CP-19", "create_fault"): {
        "none": "none",
        "commit then drop the reply": "drop_after_commit",
        "drop without commit": "drop_without_commit",
        "commit then 5xx": "5xx_after_commit",
    },
    ("CP-20", "patch"): {
        "omitted = unchanged, null clears": "null_clears",
        "null ignored": "null_ignored",
        "full replace": "full_replace",
    },
    ("CP-21", "write_body"): {'`{"customer": {…}}`': "customer", "bare object": "bare", "204": "204"},
    ("CP-22", "create_status"): {"200": "200", "201": "201"},
    ("CP-23", "list_content"): {
        "all": "all",
        "inactive hidden": "inactive_hidden",
        "anonymous hidden": "anonymous_hidden",
        "blacklisted hidden": "blacklisted_hidden",
    },
    ("CP-24", "destroy"): {"`is_active` false": "is_active_false", "row removed": "row_removed"},
    ("CP-25", "permit_values"): {
        "null objects; booleans when set": "booleans",
        "`ONAY`, `RET` strings": "onay_ret",
    },
    ("CP-26", "unknown_type"): {"422": "422", "ignored": "ignored"},
    ("CP-27", "tag_shape"): {"`{id, name}`": "objects", "strings": "strings"},
    ("CP-28", "empties"): {
        "as the newer sample": "newer",
        'as the older sample (`country` `""`, `allow_email` null)': "older",
    },
    ("CP-30", "add_fields"): {"none": "none", "any list": "birthday,address"},
    ("CP-30", "drop_fields"): {"none": "none", "any list": "note,tags,guest_language"},
    ("CP-31", "customer_scope"): {"store": "store", "shared in the organisation": "organisation"},
    ("CP-32", "anonymous_update"): {"`PATCH /api/v1/customers/{id}/nickname`": "served", "off": "off"},
    ("CP-33", "slug_required"): {"yes": "yes", "no": "no"},
    ("CP-34", "authorization_form"): {
        "both accepted": "both",
        "only `Token x`": "token_only",
        "only bare": "bare_only",
    },
    ("CP-36", "token_revoked"): {"off": "off", "after n requests": "20"},
    ("CP-38", "drop_underscore_headers"): {"off": "off", "on": "on"},
    ("CP-40", "extra_write"): {
        "`email` accepted, other unknown fields ignored": "email_accepted",
        "`email` ignored": "email_ignored",
        "unknown field 422": "unknown_422",
    },
    ("CP-41", "object_shape"): {"as 4.2": "full", "small (id, names, phone, email, gender)": "small"},
    ("CP-43", "app_customers"): {
        "served at the inferred paths with the body of 3.1": "served",
        'wrapped in `{"customer": {…}}`': "wrapped",
        "off": "off",
    },
    ("CP-44", "get_by_id"): {"404 for `GET /v1/customers/{id}`": "404", "405": "405"},
    ("CP-45", "limits"): {"none": "none", "255 characters else 422": "255"},
    ("CP-46", "placeholder_language"): {
        "by `Accept-Language`, else English": "accept_language",
        "Turkish": "turkish",
    },
    ("CP-48", "merge_loser"): {"loser leaves the listing": "leaves", "loser inactive": "inactive"},
    ("CP-49", "touch_on_visit"): {"no": "no", "yes": "yes"},
    ("CP-50", "anonymous_empty"): {"accepted": "accepted", "422": "422"},
    ("CP-51", "past_end"): {"empty array, 200": "empty", "last page again": "last_page", "404": "404"},
    ("CP-51", "paging"): {"honoured": "honoured", "ignored": "ignored"},
    ("CP-52", "create_flags"): {
        "`allow_sms` true, `allow_email` false": "sms_true",
        "both false": "both_false",
    },
    ("CP-53", "anonym_update"): {"stays anonym": "stays_anonym", "becomes a person": "becomes_person", "422": "422"},
}

UNNAMED = {"CP-32": "anonymous_update", "CP-33": "slug_required", "CP-43": "app_customers", "CP-44": "get_by_id",
           "CP-50": "anonymous_empty"}  # fmt: skip
"""Switches of entries whose last column gives alternatives without a name."""


def register() -> dict[str, str]:
    """id -> last column of the register."""
    rows = re.findall(r"^\| (CP-\d\d) \|.*\| (.+) \|$", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def switches_of(cell: str) -> dict[str, list[str]]:
    """switch ("" = unnamed) -> its alternatives as worded in a last column, the default first. A group without a name
    and without alternatives is no switch, nor is a remark (`control action ...`, `types at ...`)."""
    found: dict[str, list[str]] = {}
    for group in re.split(r"; (?=`[a-z_]+`: \*\*|types at )", cell):
        match = re.match(r"(?:`([a-z_]+)`(?:, `([a-z_]+)`)?: )?\*\*(.+?)\*\*(?: / (.+))?", group)
        if match is None:
            continue
        first, second, default, rest = match.groups()
        if first or rest:
            for name in (first or "", *filter(None, [second])):
                found[name] = [default, *(rest or "").split(" / ")]
    return found


def documented() -> dict[tuple[str, str], list[str]]:
    """(id, switch) -> wordings."""
    return {
        (entry, name or UNNAMED[entry]): words
        for entry, cell in register().items()
        for name, words in switches_of(cell).items()
    }


def test_the_register_is_read_whole() -> None:
    assert list(register()) == [f"CP-{number:02}" for number in range(1, 54)]


def test_the_table_of_words_is_the_register_word_for_word() -> None:
    assert {key: list(words) for key, words in WORDS.items()} == documented()


def test_each_entry_has_its_switches_or_a_reason_for_none() -> None:
    with_switch = {entry for entry, _ in WORDS}
    assert with_switch.isdisjoint(NO_SWITCH)
    assert with_switch | NO_SWITCH.keys() == register().keys()
    assert {(switch.id, switch.name) for switch in TABLE if not switch.id.endswith(OURS)} == WORDS.keys()


@pytest.mark.parametrize("switch", TABLE, ids=lambda switch: switch.name)
def test_each_alternative_of_the_register_is_a_word_with_a_case(switch: Switch) -> None:
    words = (switch.default, *switch.alternatives)
    shows = CASES[switch.name].shows
    assert tuple(shows)[: len(words)] == words
    assert switch.free or len(shows) == len(words)
    assert switch.help.startswith("assumed: "), "simulator behaviour is ours and says so"
    if not switch.id.endswith(OURS):
        assert tuple(WORDS[switch.id, switch.name].values())[: len(words)] == words
        assert set(WORDS[switch.id, switch.name].values()) <= shows.keys()


def test_no_case_is_left_over() -> None:
    assert CASES.keys() == {switch.name for switch in TABLE}
    assert len(CASES) == len(READING) + len(WRITING) + len(ACCESS)


def test_names_are_unique_and_numbers_of_ours_do_not_take_an_id() -> None:
    assert len({switch.name for switch in TABLE}) == len(TABLE)
    switches = Switches(TABLE)
    switches.update({"CP-18": "bare_429", "CP-19": "drop_after_commit", "CP-43": "off", "CP-03.per_page_max": "30"})
    assert [switches[name] for name in ("rate_limit", "create_fault", "app_customers")] == [
        "bare_429",
        "drop_after_commit",
        "off",
    ]
    assert switches["per_page_max"] == "30"
    with pytest.raises(ValueError, match="CP-51"):
        switches.set("CP-51", "404")
    with pytest.raises(ValueError, match="last_page"):
        switches.set("past_end", "never")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("per_page_max", "30", "many"), ("per_page_max", "1", "0"), ("store_zone", "Asia/Baku", "Baku/Asia"),
     ("store_zone", "Asia/Baku", "/etc/passwd"),
     ("add_fields", "a, b", " , "), ("drop_fields", "a", ""), ("token_revoked", "7", "-1"),
     ("rate_limit_requests", "3", "3.5"), ("rate_limit_window", "3", "x"), ("types_path", "/api/v1/t", "/v1/t")],
)  # fmt: skip
def test_free_words_are_checked(name: str, good: str, bad: str) -> None:
    switches = Switches(TABLE)
    switches.set(name, good)
    with pytest.raises(ValueError, match=f"{name}: .*must b"):
        switches.set(name, bad)
    assert switches[name] == good
