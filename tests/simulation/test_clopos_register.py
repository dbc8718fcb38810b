"""The register of docs/api/clopos.md is complete in the simulator: each entry has its switches or a reason, each
alternative its word, and each word a test that shows what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.simulator.clopos.switches import FORMS, NO_SWITCH, TABLE
from connector.simulator.kit import Switches
from tests.simulation import (
    test_clopos_auth,
    test_clopos_creating,
    test_clopos_limits,
    test_clopos_listing,
    test_clopos_rendering,
)
from tests.simulation.clopos_kit import SHOWN

CONTRACT = Path(__file__).parents[2] / "docs" / "api" / "clopos.md"
SHOWING = (test_clopos_auth, test_clopos_creating, test_clopos_limits, test_clopos_listing, test_clopos_rendering)

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "CL-01": {"generation": ("both", "v2", "v1")},
    "CL-02": {"mutation_status": ("405", "404")},
    "CL-03": {"customers_sort": ("honoured", "ignored", "400")},
    "CL-04": {"limit_max": ("documented", "200"), "limit_excess": ("400", "clamp")},
    "CL-05": {"create_fault": ("none", "commit_504", "commit_drop", "504")},
    "CL-06": {"duplicate_form": ("409", "400_sentence", "422", "list")},
    "CL-07": {"unknown_filter": ("ignored", "400")},
    "CL-08": {"phone_compare": ("exact", "digits"), "phone_filter": ("digits", "exact")},
    "CL-09": {"customer_scope": ("brand", "venue")},
    "CL-10": {"staff_delete": ("hidden", "deleted_at"), "deleted_phone": ("kept", "freed")},
    "CL-11": {"list_shape": ("total", "no_total", "pagination", "bare_array"), "object_shape": ("envelope", "bare")},
    "CL-12": {
        "error_shape": ("documented", "list", "details", "html"),
        "not_found_slug": ("not_found", "resource_not_found"),
    },
    "CL-13": {"test_mode_mismatch": ("off", "on")},
    "CL-14": {"auth_vocabulary": ("sentences", "slugs")},
    "CL-15": {"updated_at_zone": ("utc", "baku")},
    "CL-16": {"default_sort": ("created_at", "id"), "insert_during_scan": ("off", "on")},
    "CL-17": {"sale_moves_updated_at": ("yes", "no")},
    "CL-18": {"phones_content": ("documented", "additional", "primary_included")},
    "CL-19": {"nulls": ("never", "group", "cid", "venue")},
    "CL-20": {"validation": ("full", "name_only"), "validation_status": ("400", "422")},
    "CL-21": {"rate_limit_form": ("headers", "retry_after", "html", "no_headers")},
    "CL-22": {"idempotency_key": ("ignored", "honoured_in_v1")},
    "CL-23": {"permission": ("all", "no_create", "nothing")},
    "CL-24": {"create_status": ("200", "201")},
    "CL-25": {"raw_brackets_only": ("off", "on")},
    "CL-26": {"odd_gender": ("off", "on")},
    "CL-27": {"token_ttl": ("3600", "120", "3600/120")},
    "CL-28": {"token_form": ("documented", "random")},
    "CL-29": {"bad_venue": ("404", "403", "400", "ignored")},
    "CL-30": {"client_disabled": ("off", "401", "403", "200")},
    "CL-31": {"v1_bad_credentials": ("401", "400")},
    "CL-32": {"auth_lock": ("off", "429")},
    "CL-33": {"v1_paging": ("page", "offset")},
    "CL-34": {"get_with": ("ignored", "honoured")},
    "CL-35": {"filters_combine": ("and", "or"), "name_match": ("ignores_case", "exact_case")},
    "CL-36": {"search": ("ignored", "honoured_in_v1")},
    "CL-37": {"date_filter": ("ignored", "honoured", "400")},
    "CL-38": {"meta": ("full", "none", "local_timestamp")},
    "CL-39": {"id_type": ("int", "string")},
    "CL-40": {"extra_fields": ("v1", "both")},
    "CL-41": {"group_shape": ("documented", "int", "total_amount")},
    "CL-42": {"create_group": ("v1", "both")},
    "CL-43": {"rate_headers": ("authenticated", "all")},
    "CL-44": {"gateway_body": ("json", "html", "empty")},
    "CL-45": {"broken_timestamp": ("off", "some", "future")},
    "CL-46": {"cid_compare": ("exact", "ignoring_case")},
    "CL-47": {"unknown_fields": ("ignored", "400")},
    "CL-48": {
        "drop_fields": ("none", "address,description,gender"),
        "add_fields": ("none", "loyalty_level,visits"),
    },
    "CL-49": {"past_end": ("empty", "last_page", "404")},
}
"""Per entry its switches with their words in the order of the contract: the default first."""

UNNAMED = {"CL-34": "get_with", "CL-35": "name_match", "CL-36": "search", "CL-37": "date_filter",
           "CL-43": "rate_headers", "CL-47": "unknown_fields"}  # fmt: skip
"""Switches to which the contract gives no name."""
MORE_WORDS = {"token_ttl": 1}
"""Words beyond the contract's count: `any, also shorter than announced` has two examples."""


def contract_rows() -> dict[str, str]:
    """The simulator column of each register row."""
    rows = {}
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\| (CL-\d\d) \|.* \| (.*) \|$", line):
            rows[match[1]] = match[2]
    return rows


def contract_switches(cell: str) -> list[tuple[list[str], int]]:
    """The switches that a cell gives words for: (names, how many words)."""
    found: list[tuple[list[str], int]] = []
    bold = [(match.start(), match.end()) for match in re.finditer(r"\*\*.*?\*\*", cell)]
    cuts = [at.start() for at in re.finditer(r"; ", cell) if not any(start < at.start() < end for start, end in bold)]
    edges = [0, *(cut + 2 for cut in cuts)]
    for start, end in zip(edges, [*cuts, len(cell)], strict=True):
        part = cell[start:end]
        if " / " in part:
            names = re.findall(r"`([a-z0-9_]+)`", part.partition(":")[0]) if ":" in part else []
            found.append((names, part.count(" / ") + 1))
    return found


def test_the_register_runs_from_cl_01_to_cl_50() -> None:
    assert list(contract_rows()) == [f"CL-{number:02d}" for number in range(1, 51)]


@pytest.mark.parametrize("entry", [f"CL-{number:02d}" for number in range(1, 51)])
def test_each_entry_has_its_switches_or_a_reason(entry: str) -> None:
    switches = {switch.name: (switch.default, *switch.alternatives) for switch in TABLE if switch.id == entry}
    documented = contract_switches(contract_rows()[entry])
    if entry in NO_SWITCH:
        assert (switches, documented) == ({}, [])
        assert contract_rows()[entry].startswith("not simulated")
        return
    assert switches == WORDS[entry]
    named = {name: count for names, count in documented for name in names or [UNNAMED[entry]]}
    assert named == {name: len(words) - MORE_WORDS.get(name, 0) for name, words in switches.items()}


def test_the_default_is_the_contracts_bold_word() -> None:
    """Where the contract's bold word is itself a word of a switch, it is the default."""
    for entry, cell in contract_rows().items():
        for name, bold in re.findall(r"`([a-z0-9_]+)`: \*\*`?([a-z0-9_]+)`?\*\*", cell):
            assert WORDS[entry][name][0] == bold, entry


def test_every_word_of_every_switch_is_shown_by_a_test() -> None:
    assert SHOWING
    words = {(switch.name, word) for switch in TABLE for word in (switch.default, *switch.alternatives)}
    numbers = {(switch.name, switch.default) for switch in TABLE if switch.free and not switch.alternatives}
    assert set(SHOWN) == words - numbers


def test_switches_beside_the_register_say_so() -> None:
    beside = {switch.id for switch in TABLE if not re.fullmatch(r"CL-\d\d", switch.id)}
    assert all(entry.endswith("(ours)") for entry in beside)
    assert all(switch.help.startswith("assumed: ") for switch in TABLE)
    assert len({switch.name for switch in TABLE}) == len(TABLE)


def test_free_words_have_a_form_that_their_own_words_fit() -> None:
    free = {switch.name: switch for switch in TABLE if switch.free}
    assert set(free) == set(FORMS)
    for name, switch in free.items():
        assert all(re.fullmatch(FORMS[name], word) for word in (switch.default, *switch.alternatives))


def test_wrong_names_and_words_are_refused() -> None:
    switches = Switches(TABLE)
    with pytest.raises(ValueError, match="is not one of honoured, ignored, 400"):
        switches.set("CL-03", "perhaps")
    with pytest.raises(ValueError, match="name one"):
        switches.set("CL-11", "bare")
    with pytest.raises(ValueError, match="no such switch"):
        switches.set("CL-99", "on")
    switches.set("CL-11.object_shape", "bare")
    assert switches["object_shape"] == "bare"
