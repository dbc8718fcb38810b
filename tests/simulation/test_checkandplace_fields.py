"""What a create and an update of Check&Place make of each field, and what staff and other guests see of it after."""

from __future__ import annotations

from typing import Any

import pytest

from connector.simulator.checkandplace.anonym import placeholder_language
from tests.simulation.checkandplace_bench import DENIZ, Bench
from tests.simulation.test_checkandplace_writing import STANDARD, STRANGE, VIP


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("word", "integer", "shown"),
    [
        ("1_male_2_female", 0, "unknown"), ("1_male_2_female", 1, "male"), ("1_male_2_female", 2, "female"),
        ("1_female_2_male", 0, "unknown"), ("1_female_2_male", 1, "female"), ("1_female_2_male", 2, "male"),
        ("string_write", 2, "female"), ("string_write", "male", "male"), ("string_write", None, "unknown"),
    ],
)  # fmt: skip
async def test_a_gender_is_written_by_the_map(bench: Bench, word: str, integer: object, shown: str) -> None:
    """CP-13."""
    bench.set(gender_map=word)
    customer = bench.add(gender="male" if shown == "unknown" else "unknown")
    answer = await bench.b("PATCH", f"/{customer}", json={"gender": integer})
    assert (answer.status_code, answer.json()["customer"]["gender"]) == (200, shown)


@pytest.mark.parametrize("wrong", ["M", "1", "", 3, -1, 1.5, [1]])
async def test_no_other_gender_is_taken_where_words_are(bench: Bench, wrong: object) -> None:
    """CP-13, `string accepted on write`: the two words, not any text."""
    bench.set(gender_map="string_write")
    customer = bench.add(gender="male")
    assert (await bench.b("PATCH", f"/{customer}", json={"gender": wrong})).status_code == 422
    assert (await bench.only())["gender"] == "male"


@pytest.mark.parametrize("field", ["first_name", "last_name", "email", "primary_phone_number"])
@pytest.mark.parametrize("blank", ["", "  ", None], ids=["empty", "white space", "null"])
async def test_a_blank_clears_a_text(bench: Bench, field: str, blank: str | None) -> None:
    """CP-20: null clears, and "" is no text either; a number that was given up can be taken by others."""
    before = {"last_name": "Aksoy", "email": "d@example.com"}
    customer = bench.add("Deniz", "905321110022", **before)
    assert (await bench.b("PATCH", f"/{customer}", json={field: blank})).status_code == 200
    row = await bench.only()
    assert row[field] is None
    kept = {"first_name": "Deniz", "primary_phone_number": "905321110022", **before}
    del kept[field]
    assert {name: row[name] for name in kept} == kept
    again = await bench.b("POST", json=DENIZ)
    assert again.status_code == (200 if field == "primary_phone_number" else 422)


async def test_an_update_with_the_customer_s_own_number_is_no_clash(bench: Bench) -> None:
    """CP-14: held by another one."""
    customer = (await bench.b("POST", json=DENIZ)).json()["customer"]["id"]
    answer = await bench.b("PATCH", f"/{customer}", json={**DENIZ, "last_name": "Demir"})
    assert (answer.status_code, answer.json()["customer"]["last_name"]) == (200, "Demir")


@pytest.mark.parametrize(("status", "word"), [(422, "422"), (409, "409"), (422, "200_existing")])
async def test_a_refused_update_changes_nothing_at_all(bench: Bench, status: int, word: str) -> None:
    """CP-14: not even the fields beside the number."""
    bench.set(duplicate_phone=word)
    bench.add("Holder", "905321110022")
    customer = bench.add("Deniz", "905321110033", last_name="Aksoy")
    answer = await bench.b("PATCH", f"/{customer}", json={"last_name": "Demir", "primary_phone_number": "905321110022"})
    assert (answer.status_code, list(answer.json()["errors"])) == (status, ["primary_phone_number"])
    kept = bench.store.customers[customer]
    assert (kept.last_name, kept.primary_phone_number) == ("Aksoy", "905321110033")


async def test_types_are_known_in_any_case_and_null_is_the_default_one(bench: Bench) -> None:
    """4.1, CP-26."""
    made = (await bench.b("POST", json={**DENIZ, "customer_type_id": VIP.upper()})).json()["customer"]
    assert (made["type_id"], made["type_name"], made["is_default_type"]) == (VIP, "VIP", False)
    cleared = (await bench.b("PATCH", f"/{made['id']}", json={"customer_type_id": None})).json()["customer"]
    assert (cleared["type_id"], cleared["type_name"], cleared["is_default_type"]) == (STANDARD, "Standard", True)
    refused = await bench.b("PATCH", f"/{made['id']}", json={"customer_type_id": STRANGE, "last_name": "x"})
    assert (refused.status_code, refused.json()["errors"]) == (422, {"customer_type_id": ["does not exist"]})
    assert (await bench.only())["last_name"] == "Aksoy"


@pytest.mark.parametrize(
    ("word", "email", "status"),
    [("email_accepted", "d@example.com", 200), ("email_ignored", None, 200), ("unknown_422", None, 422)],
)
async def test_an_e_mail_on_an_update(bench: Bench, word: str, email: str | None, status: int) -> None:
    """CP-40 holds for updates as for creates."""
    bench.set(extra_write=word)
    customer = bench.add()
    answer = await bench.b("PATCH", f"/{customer}", json={"email": "d@example.com", "last_name": "Demir"})
    assert answer.status_code == status
    row = await bench.only()
    assert (row["email"], row["last_name"]) == (email, "Demir" if status == 200 else None)


async def test_a_full_replace_spares_what_a_write_cannot_carry(bench: Bench) -> None:
    """CP-20: nickname, note, permits and flags have no place in a body (4.1); an ignored e-mail is not cleared."""
    facts: dict[str, Any] = {"nickname": "Dede", "note": "Nuts", "blacklist": True, "guest_language": "ru"}
    customer = bench.add("Deniz", last_name="Aksoy", email="d@example.com", allow_email=True, **facts)
    bench.set(patch="full_replace", extra_write="email_ignored")
    await bench.b("PATCH", f"/{customer}", json={"first_name": "Deniz"})
    row = await bench.only()
    assert {name: row[name] for name in facts} == facts
    assert (row["last_name"], row["primary_phone_number"], row["allow_email"]) == (None, None, True)
    assert row["email"] == "d@example.com"
    bench.set(extra_write="email_accepted")
    await bench.b("PATCH", f"/{customer}", json={"first_name": "Deniz"})
    assert (await bench.only())["email"] is None


@pytest.mark.parametrize(
    ("body", "nickname", "note"),
    [({"nickname": "Terrace"}, "Terrace", "Nuts"), ({"note": None}, "Window", None), ({}, "Window", "Nuts"),
     ({"first_name": "Deniz"}, "Window", "Nuts")],
)  # fmt: skip
async def test_a_nickname_update_sets_what_it_names(
    bench: Bench, body: dict[str, str | None], nickname: str, note: str | None
) -> None:
    """3.5."""
    made = (await bench.a("POST", "/anonym", json={"nickname": "Window", "note": "Nuts"})).json()["customer"]
    answer = await bench.a("PATCH", f"/{made['id']}/nickname", json=body)
    assert list(answer.json()) == ["customer"]
    row = answer.json()["customer"]
    assert (row["nickname"], row["note"], row["first_name"], row["name"]) == (nickname, note, "Unknown", nickname)


async def test_a_nickname_update_is_not_for_a_person(bench: Bench) -> None:
    """3.5: anonymous customers alone."""
    person = bench.add()
    answer = await bench.a("PATCH", f"/{person}/nickname", json={"nickname": "Terrace"})
    assert (answer.status_code, (await bench.only())["nickname"]) == (422, None)


@pytest.mark.parametrize("name", ["nickname", "note"])
async def test_a_nickname_and_a_note_are_texts(bench: Bench, name: str) -> None:
    """3.4: both are strings."""
    answer = await bench.a("POST", "/anonym", json={name: 7})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])
    assert bench.store.customers == {}


@pytest.mark.parametrize(
    ("asked", "language"),
    [("tr", "tr"), ("TR", "tr"), ("tr-TR,en;q=0.9", "tr"), (" tr ;q=0.8", "tr"), ("en,tr;q=0.9", "en"), ("az", "en"),
     ("trk", "en"), ("", "en")],
)  # fmt: skip
def test_the_first_language_asked_for_counts(asked: str, language: str) -> None:
    """CP-46."""
    assert placeholder_language("accept_language", asked) == language
    assert placeholder_language("turkish", asked) == "tr"


async def test_placeholders_are_counted_per_store(bench: Bench) -> None:
    """3.4: numbered per store, and a name that staff give is no number less."""

    async def last() -> str:
        return str((await bench.a("POST", "/anonym", json={})).json()["customer"]["last_name"])

    first = await last()
    bench.store.add({"is_anonym": True, "store": "other", "guest_language": "en"})
    bench.store.add({"is_anonym": True, "first_name": "Tourist"})
    assert (first, await last()) == ("Customer 1", "Customer 2")
