"""Creates on the Clopos simulator: checks, uniqueness, faults, answers (docs/api/clopos.md 3.3)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.simulator.labels import derived_cid
from tests.simulation.clopos_kit import Caller, found, shows, small_world

CID = "c78b7bd2-2bb0-5bcb-8c18-a71576677c6a"
EXAMPLE: dict[str, Any] = {
    "name": "Deniz Aksoy", "email": "deniz@example.com", "phone": "+905321110022", "code": "CP-0001", "cid": CID,
    "description": "Check&Place", "group_id": 3, "gender": 1, "date_of_birth": "1988-11-02",
}  # fmt: skip


@shows("create_status", "200")
@shows("create_group", "v1")
async def test_the_example_of_the_contract() -> None:
    caller = Caller(small_world())
    answer = await caller.create(**EXAMPLE)
    body = answer.json()
    data = body.pop("data")
    assert answer.status_code == 200
    assert set(body) == {"success", "time", "timestamp", "unix"}
    assert EXAMPLE.items() <= data.items()
    assert data | EXAMPLE == data | {
        "venue_id": 1, "phones": [], "address": None, "address_data": [], "discount": 0, "spent": 0,
        "total_discount": 0, "total_bonus": 0, "receipt_count": 0, "source": None, "reference_id": None, "status": True,
        "can_use_loyalty_system": False, "is_verified": False, "created_at": "2026-11-20T09:15:00.000000Z",
        "updated_at": "2026-11-20T09:15:00.000000Z",
    }  # fmt: skip
    assert "group" not in data
    assert (await caller.call("GET", f"/customers/{data['id']}")).json()["data"] == data
    assert caller.world.clopos.created[0].body == EXAMPLE


@shows("create_status", "201")
@shows("create_group", "both")
async def test_answers_of_creates() -> None:
    caller = Caller(small_world(create_status="201"))
    v1 = await caller.create("v1", name="Aysel", group_id=2)
    assert v1.status_code == 201
    assert (v1.json()["data"]["group"]["id"], v1.json()["data"]["balance_id"]) == (2, 50000 + v1.json()["data"]["id"])
    assert "group" not in (await caller.create("v1", name="Aysel")).json()["data"]
    caller.world.set("CL-42", "both")
    assert (await caller.create(name="Aysel", group_id=2)).json()["data"]["group"]["id"] == 2


async def test_a_create_goes_to_the_venue_of_the_call() -> None:
    caller = Caller(small_world())
    answer = await caller.call("POST", "/customers", body={"name": "Aysel"}, headers={"x-venue": "2"})
    assert answer.json()["data"]["venue_id"] == 2


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({}, "The name field is required."),
    ({"name": None}, "The name field is required."),
    ({"name": "  "}, "The name field is required."),
    ({"name": 7}, "The name must be a string."),
    ({"name": "A", "phone": 994501112233}, "The phone must be a string."),
    ({"name": "A", "email": 7}, "The email must be a string."),
    ({"name": "A", "code": 7}, "The code must be a string."),
    ({"name": "A", "description": ["x"]}, "The description must be a string."),
    ({"name": "A", "gender": "1"}, "The gender must be an integer."),
    ({"name": "A", "gender": True}, "The gender must be an integer."),
    ({"name": "A", "gender": 0}, "The selected gender is invalid."),
    ({"name": "A", "date_of_birth": "02.11.1988"}, "The date of birth does not match the format Y-m-d."),
    ({"name": "A", "date_of_birth": "1988-02-30"}, "The date of birth does not match the format Y-m-d."),
    ({"name": "A", "gender": 3}, "The selected gender is invalid."),
    ({"name": "A", "gender": 1.0}, "The gender must be an integer."),
    ({"name": "A", "date_of_birth": "19881102"}, "The date of birth does not match the format Y-m-d."),
    ({"name": "A", "date_of_birth": "1988-W45-3"}, "The date of birth does not match the format Y-m-d."),
    ({"name": "A", "date_of_birth": 19881102}, "The date of birth does not match the format Y-m-d."),
    ({"name": "A", "cid": "CP-7"}, "The cid must be a valid UUID."),
    ({"name": "A", "cid": CID.replace("-", "")}, "The cid must be a valid UUID."),
    ({"name": "A", "cid": f"{CID[:-1]}g"}, "The cid must be a valid UUID."),
    ({"name": "A", "cid": 7}, "The cid must be a valid UUID."),
    ({"name": "A", "group_id": True}, "The selected group id is invalid."),
    ({"name": "A", "group_id": 9}, "The selected group id is invalid."),
    ({"name": "A", "group_id": "3"}, "The selected group id is invalid."),
]


@shows("validation", "full")
@shows("validation_status", "400", "422")
@pytest.mark.parametrize(("body", "sentence"), SENTENCES)
async def test_failed_checks(body: dict[str, Any], sentence: str) -> None:
    caller = Caller(small_world())
    for status in (400, 422):
        caller.world.set("clopos.validation_status", str(status))
        answer = await caller.create(**body)
        assert answer.status_code == status
        assert answer.json() == {"success": False, "message": "Validation failed", "error": sentence}
    assert found(caller.world) == []


@shows("validation", "name_only")
async def test_only_the_name_is_checked() -> None:
    caller = Caller(small_world(validation="name_only"))
    lax: dict[str, Any] = {"name": "A", "gender": 5, "date_of_birth": "02.11.1988", "cid": "CP-7", "group_id": 9}
    assert lax.items() <= (await caller.create(**lax)).json()["data"].items()
    assert (await caller.create()).status_code == 400


async def test_empty_texts_are_stored_as_null_and_a_body_must_be_an_object() -> None:
    caller = Caller(small_world())
    data = (await caller.create(name="A", email="", phone="", code="", description="", date_of_birth="")).json()["data"]
    assert [data[name] for name in ("email", "phone", "code", "description", "date_of_birth")] == [None] * 5
    assert (await caller.create(name="B", phone="")).status_code == 200
    assert (await caller.call("POST", "/customers", body=["A"])).status_code == 400


@shows("unknown_fields", "ignored", "400")
async def test_unknown_attributes() -> None:
    caller = Caller(small_world())
    data = (await caller.create(name="A", phones=["+994501112233"], source="x")).json()["data"]
    assert (data["phones"], data["source"]) == ([], None)
    caller.world.set("CL-47", "400")
    assert (await caller.create(name="A", source="x")).status_code == 400


async def clash(caller: Caller, **body: Any) -> tuple[int, Any]:
    answer = await caller.create(**{"name": "Somebody", **body})
    return answer.status_code, answer.json().get("error")


@shows("duplicate_form", "409")
async def test_the_first_clash_is_named_and_the_holder_is_not() -> None:
    caller = Caller(small_world())
    holder = (await caller.create(**EXAMPLE)).json()["data"]["id"]
    whole = await caller.create(name="X", phone="+905321110022", code="CP-0001", cid=CID)
    assert whole.json() == {
        "success": False, "message": "Customer with this phone number already exists", "error": "duplicate_phone",
    }  # fmt: skip
    assert str(holder) not in whole.text
    assert await clash(caller, code="CP-0001", cid=CID) == (409, "duplicate_code")
    assert await clash(caller, cid=CID) == (409, "duplicate_cid")
    assert await clash(caller, email="deniz@example.com") == (200, None)


@shows("duplicate_form", "400_sentence", "422", "list")
async def test_other_forms_of_a_clash() -> None:
    caller = Caller(small_world())
    await caller.create(**EXAMPLE)
    caller.world.set("CL-06", "400_sentence")
    assert await clash(caller, phone="+905321110022") == (400, "The phone has already been taken.")
    caller.world.set("CL-06", "422")
    assert await clash(caller, cid=CID) == (422, "duplicate_cid")
    caller.world.set("CL-06", "list")
    status, error = await clash(caller, code="CP-0001")
    assert (status, error[0]["message"]) == (409, "Customer with this code already exists")


@shows("phone_compare", "exact", "digits")
@shows("cid_compare", "exact", "ignoring_case")
async def test_how_unique_values_are_compared() -> None:
    caller = Caller(small_world())
    await caller.create(**EXAMPLE)
    assert await clash(caller, phone="+90 532 111 00 22") == (200, None)
    assert await clash(caller, cid=CID.upper()) == (200, None)
    caller.world.set("clopos.phone_compare", "digits")
    assert await clash(caller, phone="00 90(532)1110022"[3:]) == (409, "duplicate_phone")
    caller.world.set("CL-46", "ignoring_case")
    assert await clash(caller, cid=CID.title()) == (409, "duplicate_cid")


@shows("deleted_phone", "kept", "freed")
async def test_the_phone_of_a_deleted_customer() -> None:
    caller = Caller(small_world())
    holder = (await caller.create(**EXAMPLE)).json()["data"]["id"]
    caller.world.staff_delete("clopos", holder)
    assert await clash(caller, phone="+905321110022") == (409, "duplicate_phone")
    caller.world.set("clopos.deleted_phone", "freed")
    assert await clash(caller, phone="+905321110022") == (200, None)


@shows("create_fault", "none", "commit_504", "commit_drop", "504")
@shows("create_fault_strikes", "once", "always")
@pytest.mark.parametrize(("word", "made"), [("commit_504", 1), ("commit_drop", 1), ("504", 0)])
async def test_creates_in_doubt(word: str, made: int) -> None:
    caller = Caller(small_world(create_fault=word))
    await caller.login()
    if word == "commit_drop":
        with pytest.raises(httpx.RemoteProtocolError):
            await caller.create(**EXAMPLE)
    else:
        assert (await caller.create(**EXAMPLE)).status_code == 504
    assert len(found(caller.world)) == made
    again = await caller.create(**EXAMPLE)
    assert again.status_code == (409 if made else 200)
    caller.world.set("clopos.create_fault_strikes", "always")
    caller.world.set("CL-05", "504")
    other: dict[str, Any] = {"name": "X", "cid": CID.replace("c", "d")}
    assert [(await caller.create(**other)).status_code for _ in range(3)] == [504] * 3


@shows("gateway_body", "json", "html", "empty")
async def test_bodies_of_a_504() -> None:
    caller = Caller(small_world(create_fault="504", create_fault_strikes="always"))
    assert (await caller.create(name="A")).json()["success"] is False
    caller.world.set("CL-44", "html")
    assert (await caller.create(name="A")).text.startswith("<!DOCTYPE html>")
    caller.world.set("CL-44", "empty")
    assert (await caller.create(name="A")).content == b""


@shows("idempotency_key", "ignored", "honoured_in_v1")
async def test_the_idempotency_key() -> None:
    caller = Caller(small_world())

    async def twice(generation: str) -> list[int]:
        answers = [
            await caller.call(
                "POST", "/customers", generation=generation, body={"name": "A"}, headers={"Idempotency-Key": "k"}
            )
            for _ in range(2)
        ]
        return [answer.json()["data"]["id"] for answer in answers]

    assert len(set(await twice("v1"))) == 2
    caller.world.set("CL-22", "honoured_in_v1")
    assert len(set(await twice("v1"))) == 1
    assert len(set(await twice("v2"))) == 2


async def test_a_create_is_labelled_by_its_cid() -> None:
    """The truth for tests that count doubles, see connector.simulator.labels."""
    world = small_world()
    caller = Caller(world)
    source, person = next((key, who) for key, who in world.checkandplace.labels.items() if who)
    ours = (await caller.create(name="A", cid=derived_cid("demobrand", source).upper())).json()["data"]["id"]
    strange = (await caller.create(name="B", cid=CID)).json()["data"]["id"]
    labels = world.labels()
    assert (labels["clopos", str(ours)], labels["clopos", str(strange)]) == (person, None)
    assert world.why_unlabelled() == {("clopos", str(strange)): "its cid is derived from no Check&Place customer"}
    again = derived_cid("demobrand", "1F0C7D2A-6F0B-4B58-8F0D-5A9C1C2E7B01")
    assert again == CID


@pytest.mark.parametrize("wrong", [{"gender": "male"}, {"group_id": "3"}, {"cid": 7}, {"date_of_birth": 19881102}])
async def test_what_no_column_takes_is_refused_even_where_only_the_name_is_checked(wrong: dict[str, Any]) -> None:
    """CL-20, `name only`."""
    caller = Caller(small_world(validation="name_only"))
    blank: dict[str, Any] = dict.fromkeys(wrong)
    assert (await caller.create(name="A", **wrong)).status_code == 400
    assert (await caller.create(name="A", **blank)).status_code == 200


async def test_creates_without_an_idempotency_key_are_never_taken_for_each_other() -> None:
    """CL-22: the header is optional; two guests in a row are two guests."""
    caller = Caller(small_world(idempotency_key="honoured_in_v1"))
    made = [(await caller.create("v1", name=name)).json()["data"] for name in ("Aysel", "Leyla")]
    assert [one["name"] for one in made] == ["Aysel", "Leyla"]
    assert made[0]["id"] != made[1]["id"]


async def test_a_refused_create_uses_up_neither_its_key_nor_its_fault() -> None:
    """CL-05 and CL-22 are about creates that pass the checks."""
    caller = Caller(small_world(create_fault="504", idempotency_key="honoured_in_v1"))
    key = {"Idempotency-Key": "k"}
    body = {"name": "A", "cid": CID}
    bad = await caller.call("POST", "/customers", generation="v1", body={**body, "name": ""}, headers=key)
    assert bad.status_code == 400
    statuses = [
        (await caller.call("POST", "/customers", generation="v1", body=body, headers=key)).status_code for _ in range(3)
    ]
    assert statuses == [504, 200, 200]
    assert len(found(caller.world)) == 1


async def test_a_clash_is_found_before_a_fault_strikes() -> None:
    """CL-05: a create that was never going to be made is answered by its 409."""
    caller = Caller(small_world())
    await caller.create(**EXAMPLE)
    caller.world.set("CL-05", "commit_drop")
    assert await clash(caller, phone="+905321110022") == (409, "duplicate_phone")


async def test_each_body_is_struck_once() -> None:
    caller = Caller(small_world(create_fault="504"))
    statuses = [(await caller.create(name=name)).status_code for name in ("Aysel", "Leyla", "Aysel", "Leyla")]
    assert statuses == [504, 504, 200, 200]


async def test_a_code_stays_with_a_deleted_customer_whatever_becomes_of_its_phone() -> None:
    """CL-10 frees the phone alone."""
    caller = Caller(small_world(deleted_phone="freed"))
    holder = (await caller.create(**EXAMPLE)).json()["data"]["id"]
    caller.world.staff_delete("clopos", holder)
    assert await clash(caller, code="CP-0001") == (409, "duplicate_code")
    assert await clash(caller, cid=CID) == (409, "duplicate_cid")
    assert await clash(caller, phone="+905321110022") == (200, None)
    with pytest.raises(ValueError, match="holds this phone"):
        caller.world.staff_edit("clopos", found(caller.world, origin="seed")[0], {"phone": "+905321110022"})
