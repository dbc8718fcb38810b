"""Reading single customers, look-ups, groups, and odd answers of Clopos (docs/api/clopos.md 3.2, 3.4, 4)."""

import json

import httpx
import pytest

from connector.domain.errors import AuthError, ConfigError, TransientError
from connector.sides.clopos.errors import Refusal
from connector.sides.clopos.reader import read_list, read_object
from connector.sides.http import Answer
from connector.sides.port import Row
from tests.contract.harness import CloposWorld, scan
from tests.contract.wires import PLACE


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, CloposWorld().clock.now(), httpx.Headers(headers), content, 1)


@pytest.mark.parametrize("api", ["v2", "v1"])
@pytest.mark.parametrize("shape", ["envelope", "bare"])
@pytest.mark.parametrize("ids", ["int", "string"])
@pytest.mark.parametrize("with_", ["ignored", "honoured"])
async def test_one_by_id(api: str, shape: str, ids: str, with_: str) -> None:
    """CL-11, CL-39; CL-34: `with` is not sent."""
    world = CloposWorld({"object_shape": shape, "id_type": ids, "get_with": with_}, customers=2)
    row = await world.side(api=api).get("4101")
    assert row is not None
    assert row.id == "4101"
    assert json.loads(row.raw)["name"] == "Guest 0"
    assert world.log.entries[-1].query == {}


@pytest.mark.parametrize("shape", ["documented", "list", "details", "html"])
@pytest.mark.parametrize("slug", ["not_found", "resource_not_found"])
@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_a_404_is_nobody(shape: str, slug: str, api: str) -> None:
    """CL-12."""
    world = CloposWorld({"error_shape": shape, "not_found_slug": slug}, customers=1)
    assert await world.side(api=api).get("999999") is None


async def test_nobody_only_where_no_venue_has_it() -> None:
    """CL-09."""
    world = CloposWorld({"customer_scope": "venue"}, customers=1)
    other = world.add(7, venue_id=2)
    assert await world.side().get(other) is None
    assert await world.side(read_venues=("1", "2")).get(other) is not None


@pytest.mark.parametrize("how", ["hidden", "deleted_at"])
async def test_deleted_customers(how: str) -> None:
    """CL-10: gone and 404, or still there with a date: both come through as they are."""
    world = CloposWorld({"staff_delete": how}, customers=3)
    world.store.staff_delete("4102")
    row = await world.side().get("4102")
    listed = (await scan(world.side())).rows
    if how == "hidden":
        assert row is None
        assert set(listed) == {"4101", "4103"}
    else:
        assert row is not None
        assert json.loads(listed["4102"].raw)["deleted_at"]


@pytest.mark.parametrize("phone_filter", ["digits", "exact"])
@pytest.mark.parametrize("unknown", ["ignored", "400"])
@pytest.mark.parametrize("combine", ["and", "or"])
async def test_look_up_by_phone(phone_filter: str, unknown: str, combine: str) -> None:
    """CL-07, CL-08, CL-35: one documented filter a request; rows are checked again here."""
    switches = {"phone_filter": phone_filter, "unknown_filter": unknown, "filters_combine": combine}
    world = CloposWorld(switches, customers=5)
    who = world.add(77, phone="+994 50 123 45 67")
    side = world.side()
    found = {
        row.id for text in ("+994501234567", "994501234567", "501234567") for row in await side.find_by_phone(text)
    }
    assert found == ({who} if phone_filter == "digits" else set())
    assert {row.id for row in await side.find_by_phone("+994 50 123 45 67")} == {who}
    query = world.log.entries[-1].query
    assert query["filters[0][0]"] == "phones"
    assert not any(name.startswith("filters[1]") for name in query)


@pytest.mark.parametrize("content", ["documented", "additional", "primary_included"])
async def test_every_number_of_a_record_is_looked_up(content: str) -> None:
    """CL-18."""
    world = CloposWorld({"phones_content": content})
    who = world.add(1, phone="+994501112233", phones=["+994552223344"])
    expected = set() if content == "documented" else {who}
    assert {row.id for row in await world.side().find_by_phone("552223344")} == expected
    assert {row.id for row in await world.side().find_by_phone("501112233")} == {who}


async def test_an_ignored_filter_finds_no_strangers() -> None:
    """CL-07, CL-25."""
    world = CloposWorld({"raw_brackets_only": "on"}, customers=20)
    who = world.add(77, phone="+994501234567")
    assert {row.id for row in await world.side().find_by_phone("994501234567")} == {who}


@pytest.mark.parametrize("sort", ["honoured", "ignored", "400"])
async def test_the_newest(sort: str) -> None:
    """For a create in doubt (CL-05): by `created_at`, which is the documented default order as well."""
    world = CloposWorld({"customers_sort": sort}, customers=30)
    rows = await world.side().newest(5)
    assert [row.id for row in rows] == ["4130", "4129", "4128", "4127", "4126"]


@pytest.mark.parametrize("shape", ["documented", "int", "total_amount"])
@pytest.mark.parametrize("list_shape", ["total", "no_total", "bare_array"])
async def test_groups(shape: str, list_shape: str) -> None:
    """CL-41: id and name alone."""
    world = CloposWorld({"group_shape": shape, "list_shape": list_shape})
    assert sorted((t.id, t.name or "") for t in await world.side().list_types()) == [
        ("1", "Standart"), ("2", "VIP"), ("3", "Qonaqlar"),
    ]  # fmt: skip


ODDITIES = [
    {"meta": "none"}, {"meta": "local_timestamp"},  # CL-38: none of them is needed
    {"extra_fields": "both"}, {"add_fields": "loyalty_level,visits"},  # CL-40, CL-48
    {"drop_fields": "email,description,gender"},  # CL-48
    {"nulls": "group"}, {"nulls": "cid"}, {"nulls": "venue"},  # CL-19
    {"odd_gender": "on"}, {"id_type": "string"}, {"broken_timestamp": "some"},  # CL-26, CL-39, CL-45
    {"search": "honoured_in_v1"}, {"date_filter": "honoured"}, {"date_filter": "400"},  # CL-36, CL-37: never sent
    {"name_match": "exact_case"}, {"sale_moves_updated_at": "no"}, {"rate_headers": "all"},  # CL-35, CL-17, CL-43
]  # fmt: skip


@pytest.mark.parametrize("switches", ODDITIES, ids=str)
@pytest.mark.parametrize("api", ["v2", "v1"])
async def test_what_an_answer_may_carry_or_lack(switches: dict[str, str], api: str) -> None:
    """Only `id` is required; all else goes through raw, for the mapping to judge."""
    world = CloposWorld(switches, customers=25)
    listed = await scan(world.side(api=api))
    assert len(listed.ids) == 25
    for row in listed.rows.values():
        assert str(json.loads(row.raw)["id"]) == row.id
    sent = {name for entry in world.log.entries for name in entry.query}
    assert sent <= {"page", "limit", "sort[0]", "sort[1]"}


def test_the_clock_of_an_answer() -> None:
    """CL-38, CL-45: `unix`, else the Date header, never `timestamp`."""
    date = "Fri, 20 Nov 2026 09:15:00 GMT"
    body = {"success": True, "data": [], "timestamp": "2031-01-01 00:00:00"}
    for unix, header, year in ((1795166100, "", 2026), (None, date, 2026), ("soon", date, 2026), (True, "", None)):
        listed = read_list(PLACE, answer({**body, "unix": unix}, date=header), "page 1")
        assert not isinstance(listed, Refusal)
        assert (listed.server_time.year if listed.server_time else None) == year


@pytest.mark.parametrize(
    "body",
    [{}, {"success": True}, {"success": True, "data": {}}, {"success": True, "data": None}, {"customers": []},
     {"success": True, "data": {"data": []}}, {"error": "x"}],
    ids=str,
)  # fmt: skip
def test_an_unknown_list_is_an_error_never_empty(body: object) -> None:
    """CL-11."""
    with pytest.raises(ConfigError) as raised:
        read_list(PLACE, answer(body), "page 1")
    assert raised.value.code == "answer-shape-unknown"


@pytest.mark.parametrize(
    ("body", "found"),
    [({"success": True, "data": {"id": 5}}, "5"), ({"id": "5", "name": "x"}, "5"), ({"data": {"id": 5}}, "5"),
     ({"success": True, "data": {"name": "x"}}, None), ({"success": True}, None)],
    ids=str,
)  # fmt: skip
def test_objects(body: object, found: str | None) -> None:
    row = read_object(PLACE, answer(body), "POST /customers")
    assert (row.id if isinstance(row, Row) else row) == found


@pytest.mark.parametrize("body", [{}, {"name": "x"}, [], [{"id": 5}]], ids=str)
def test_unknown_objects_are_errors(body: object) -> None:
    with pytest.raises(ConfigError):
        read_object(PLACE, answer(body), "GET /customers/{id}")


def test_success_is_read_before_the_status() -> None:
    """CL-13."""
    body = {"success": False, "error": "not_found"}
    for refusal in (read_list(PLACE, answer(body), "p"), read_object(PLACE, answer(body), "r")):
        assert isinstance(refusal, Refusal)
        assert refusal.status == 404


async def test_what_a_reading_can_end_in() -> None:
    world = CloposWorld(customers=1)
    side = world.side()
    await side.check()
    for kind, error in (("status:403", AuthError), ("status:418", TransientError), ("status:500", TransientError)):
        world.fault(kind, path="/customers/4101", times=9)
        with pytest.raises(error):
            await side.get("4101")
        world.faults.planned.clear()
    with pytest.raises(ConfigError):  # the address leads nowhere
        await world.side(base_url="http://clopos.test/elsewhere/").check()
    assert (await side.get("4101")) is not None
    await side.aclose()
