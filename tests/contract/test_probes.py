"""What `connector doctor` finds out with reads alone: each probe tells the alternatives of its entry apart."""

from collections.abc import Sequence

import pytest

from connector.domain.errors import AuthError
from connector.sides.port import Finding, Probed
from connector.sides.readonly import ReadOnly
from connector.sides.shapes import common, form
from connector.simulator.checkandplace.switches import TABLE as CP_TABLE
from connector.simulator.clopos.switches import TABLE as CL_TABLE
from tests.contract.harness import CheckandplaceWorld, CloposWorld


def of(findings: Sequence[Finding], id_: str, word: str = "") -> Finding:
    return next(finding for finding in findings if finding.id == id_ and word in finding.question)


CLOPOS = [
    ({}, "CL-03", "", "yes"),
    ({"customers_sort": "ignored"}, "CL-03", "", "no: every run reads in full"),
    ({"customers_sort": "400"}, "CL-03", "", "refused with 400"),
    ({}, "CL-04", "", "at least 230"),
    ({"limit_max": "200", "limit_excess": "clamp"}, "CL-04", "", "200, although 999"),
    ({"limit_max": "200"}, "CL-04", "", "999 is refused with 400"),
    ({}, "CL-11", "", "an envelope with sorts, success, time, timestamp, total, unix"),
    ({"meta": "none"}, "CL-11", "", "an envelope with success, total"),
    ({"list_shape": "pagination"}, "CL-11", "", "pagination"),
    ({"list_shape": "bare_array"}, "CL-11", "", "an array"),
    ({}, "CL-12", "", "status 404, slug not_found"),
    ({"not_found_slug": "resource_not_found"}, "CL-12", "", "slug resource_not_found"),
    ({"error_shape": "html"}, "CL-12", "", "status 404, slug none"),
    ({"phones_content": "primary_included"}, "CL-18", "", "in 50 of 50"),
    ({"phones_content": "additional"}, "CL-18", "", "in 0 of 1"),
    ({"id_type": "string"}, "CL-39", "", "9999 (50)"),
    ({"broken_timestamp": "some"}, "CL-45", "", "999-"),
    ({"past_end": "404"}, "CL-49", "", "status 404"),
    ({"past_end": "last_page"}, "CL-49", "", "rows again"),
    ({}, "CL-08", "", "yes"),
    ({"phone_filter": "exact"}, "CL-08", "", "no: look-ups find exact spellings only"),
    ({"raw_brackets_only": "on"}, "CL-07", "", "the filter is ignored"),
    ({}, "CL-21", "", "ratelimit-remaining"),
]


@pytest.mark.parametrize(("switches", "id_", "word", "answer"), CLOPOS, ids=lambda value: str(value)[:40])
async def test_clopos(switches: dict[str, str], id_: str, word: str, answer: str) -> None:
    world = CloposWorld(switches, customers=229)
    world.store.staff_edit("4110", {"phone": "+994509999999", "phones": ["+994508888888"]})
    world.store.staff_edit("4320", {"description": "edited"})
    world.add(500, phone="0507777777")
    finding = of(await world.side().probe(), id_, word)
    assert answer in finding.answer
    assert finding.settled == (not answer.startswith("at least"))
    assert {entry.method for entry in world.seen("/customers")} == {"GET"}
    assert len(world.log.entries) <= 9


CHECKANDPLACE = [
    ({}, "CP-01", "", "yes", True),
    ({"list_shape": "data"}, "CP-01", "", "no rows seen", False),
    ({}, "CP-02", "", "nothing", True),
    ({"list_meta": "meta"}, "CP-02", "", "meta", True),
    ({"per_page_max": "20"}, "CP-03", "", "20 rows where 50 were asked for", False),
    ({}, "CP-51", "honoured", "yes", True),
    ({"paging": "ignored"}, "CP-51", "honoured", "no: the list cannot be read", True),
    ({"past_end": "404"}, "CP-51", "past", "status 404", True),
    ({"past_end": "last_page"}, "CP-51", "past", "rows again", True),
    ({"time_format": "iso"}, "CP-08", "", "9999-99-99", True),
    ({"phone_read": "plus"}, "CP-11", "", "+999999999999 with 99 (50)", True),
    ({"phone_read": "region"}, "CP-11", "", "999999999999 with aa (50)", True),
    ({"phone_read": "no_country_code"}, "CP-11", "", "999999999999 with null (50)", True),
    ({}, "CP-13", "", '1 = "male" (', True),
    ({"gender_map": "1_female_2_male"}, "CP-13", "", '2 = "male" (', True),
    ({"object_shape": "small"}, "CP-41", "", "email, first_name", True),
]


@pytest.mark.parametrize(
    ("switches", "id_", "word", "answer", "settled"), CHECKANDPLACE, ids=lambda value: str(value)[:40]
)
async def test_checkandplace(switches: dict[str, str], id_: str, word: str, answer: str, settled: bool) -> None:
    world = CheckandplaceWorld(switches, customers=60)
    for number in range(100, 140):
        world.add(number, gender="male")
    finding = of(await world.side().probe(), id_, word)
    assert answer in finding.answer
    assert finding.settled is settled
    assert {entry.method for entry in world.log.entries} == {"GET"}
    assert len(world.log.entries) == 4


async def test_every_alternative_can_be_probed_and_names_nobody() -> None:
    for switch in CL_TABLE:
        for word in switch.alternatives:
            world = CloposWorld({switch.name: word}, customers=12)
            try:
                findings = await world.side().probe()
            except AuthError:
                continue
            assert "Guest" not in repr(findings)
            assert "99450" not in repr(findings)
    for switch in CP_TABLE:
        for word in switch.alternatives:
            findings = await CheckandplaceWorld({switch.name: word}, customers=12).side().probe()
            assert "Guest1" not in repr(findings)
            assert "90532" not in repr(findings)


async def test_an_empty_side_settles_little() -> None:
    for side in (CloposWorld().side(), CheckandplaceWorld().side()):
        findings = await ReadOnly(side).probe()
        assert sum(not finding.settled for finding in findings) >= 4
        assert isinstance(side, Probed)


def test_forms_show_no_values() -> None:
    assert form("+994 (50) 123-45-67") == "+999 (99) 999-99-99"
    assert form("Nərmin") == "aaaaaa"
    values: list[object] = [None, "", True, 5, 1.5, [], {}]
    assert [form(value) for value in values] == [
        "null", "empty", "true/false", "number", "number", "list", "object",
    ]  # fmt: skip
    assert common(["a", "b", "a"]) == "a (2), b (1)"
    assert common([]) == ""
