"""Switches of create, update and the anonymous pair: each word shows another behaviour over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulation.checkandplace_bench import DENIZ, Bench, Case, parameters, shown

STANDARD = "6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11"
VIP = "0e3b5f52-7c44-4a6f-8a0b-5d1c9f2e6a22"
STRANGE = "11111111-2222-4333-8444-555555555555"


async def required(bench: Bench) -> object:
    """Statuses of ever fuller creates."""
    bodies: list[dict[str, Any]] = [
        {"first_name": "Deniz"},
        {"first_name": "Deniz", "primary_phone_number": "905321110022"},
        {**DENIZ, "primary_phone_number": "905321110023", "customer_type_id": STANDARD},
    ]
    return [(await bench.b("POST", json=body)).status_code for body in bodies]


async def phone_forms(bench: Bench) -> object:
    kept = []
    for number in ("905321110001", "+90 532 111 00 02", "0532 111 00 03", "00905321110004"):
        answer = await bench.b("POST", json={"first_name": "Deniz", "primary_phone_number": number})
        kept.append(answer.json().get("customer", {}).get("primary_phone_number", answer.status_code))
    return kept


async def duplicate(bench: Bench) -> object:
    """A create with a number that is held, the customers there are then, and an update to a number that is held."""
    held = bench.add("Holder", "905321110022")
    answer = await bench.b("POST", json=DENIZ)
    same = answer.json().get("customer", {}).get("id") == held
    count = len(bench.store.customers)
    other = bench.add("Other", "905321110044")
    update = await bench.b("PATCH", f"/{other}", json={"primary_phone_number": "905321110022"})
    return answer.status_code, same, count, update.status_code


async def household(bench: Bench) -> object:
    bench.add("Holder", "905321110022")
    answers = [(await bench.b("POST", json={**DENIZ, "first_name": name})).status_code for name in ("A", "B")]
    return answers, len(bench.store.customers)


async def fault(bench: Bench) -> object:
    """How the first create ends, what is there then, and how the same body ends when it is sent again."""
    bench.set(duplicate_phone="422")
    ends: list[object] = []
    for _ in range(2):
        try:
            ends.append((await bench.b("POST", json=DENIZ)).status_code)
        except httpx.RemoteProtocolError:
            ends.append("broken")
        ends.append(len(bench.store.customers))
    return ends


async def strikes(bench: Bench) -> object:
    bench.set(create_fault="5xx_after_commit", phone_unique="not_unique")
    return [(await bench.b("POST", json=DENIZ)).status_code for _ in range(3)]


async def patch(bench: Bench) -> object:
    """Last name after an update of the e-mail alone, then after null; what a replacement took beside it."""
    customer = bench.add("Deniz", last_name="Aksoy", gender="female", type_id=VIP)
    await bench.b("PATCH", f"/{customer}", json={"email": "deniz@example.com"})
    row = await bench.only()
    after = [row["last_name"], row["primary_phone_number"], row["gender"], row["is_default_type"], row["email"]]
    await bench.b("PATCH", f"/{customer}", json={"email": None, "last_name": None})
    return after, (await bench.only())["email"], (await bench.only())["last_name"]


async def write_body(bench: Bench) -> object:
    """The keys at the top of the answers to a create and an update, and their statuses."""
    create = await bench.b("POST", json=DENIZ)
    (customer,) = bench.store.customers
    update = await bench.b("PATCH", f"/{customer}", json={"last_name": "Demir"})
    return [(answer.status_code, next(iter(answer.json())) if answer.content else "") for answer in (create, update)]


async def create_status(bench: Bench) -> object:
    created = (await bench.b("POST", json=DENIZ)).status_code
    (customer,) = bench.store.customers
    anonym = (await bench.a("POST", "/anonym", json={"nickname": "Window"})).status_code
    return created, (await bench.b("PATCH", f"/{customer}", json={"last_name": "Demir"})).status_code, anonym


async def unknown_type(bench: Bench) -> object:
    customer = bench.add(type_id=VIP)
    create = await bench.b("POST", json={**DENIZ, "customer_type_id": STRANGE})
    update = await bench.b("PATCH", f"/{customer}", json={"customer_type_id": STRANGE})
    names = [answer.json().get("customer", {}).get("type_name") for answer in (create, update)]
    return create.status_code, update.status_code, names


async def extra(bench: Bench) -> object:
    """Statuses of a create with e-mail and of one with a note; what was kept of both."""
    mail = await bench.b("POST", json={**DENIZ, "email": "deniz@example.com"})
    note = await bench.b("POST", json={**DENIZ, "primary_phone_number": "905321110023", "note": "x", "name": "y"})
    kept = [answer.json().get("customer", {}) for answer in (mail, note)]
    return mail.status_code, note.status_code, kept[0].get("email"), kept[1].get("note")


async def limits(bench: Bench) -> object:
    statuses = []
    for number, length in enumerate((255, 256)):
        body = {"first_name": "D" * length, "primary_phone_number": f"90532111000{number}"}
        statuses.append((await bench.b("POST", json=body)).status_code)
    anonym = await bench.a("POST", "/anonym", json={"note": "n" * 256})
    return [*statuses, anonym.status_code]


async def flags(bench: Bench) -> object:
    created = (await bench.b("POST", json=DENIZ)).json()["customer"]
    return created["allow_sms"], created["allow_email"]


async def anonym_update(bench: Bench) -> object:
    """What an update with names and phone makes of an anonymous customer; one without a phone always goes."""
    anonym = bench.store.add({"is_anonym": True})
    assert (await bench.b("PATCH", f"/{anonym}", json={"last_name": "Customer 99"})).status_code == 200
    answer = await bench.b("PATCH", f"/{anonym}", json=DENIZ)
    row = await bench.only()
    return answer.status_code, row["is_anonym"], row["primary_phone_number"], row["type_name"]


async def empty_anonym(bench: Bench) -> object:
    bodies: list[dict[str, Any]] = [{}, {"nickname": " ", "note": None}, {"note": "x"}]
    return [(await bench.a("POST", "/anonym", json=body)).status_code for body in bodies]


async def placeholders(bench: Bench) -> object:
    made = []
    for language in ("tr-TR,tr;q=0.9", "en", ""):
        answer = await bench.a("POST", "/anonym", json={"nickname": "x"}, headers={"Accept-Language": language})
        customer = answer.json()["customer"]
        made.append((customer["first_name"], customer["last_name"], customer["guest_language"]))
    return made


async def nickname(bench: Bench) -> object:
    anonym = bench.store.add({"is_anonym": True})
    answer = await bench.a("PATCH", f"/{anonym}/nickname", json={"nickname": "Terrace", "note": "Nuts"})
    return answer.status_code, (await bench.only())["nickname"], (await bench.only())["note"]


async def destroy(bench: Bench) -> object:
    customer = bench.add()
    answer = await bench.a("DELETE", f"/{customer}")
    return answer.status_code, [row["is_active"] for row in await bench.rows()]


async def app_customers(bench: Bench) -> object:
    """(a): create flat and wrapped, show, update flat and wrapped, types."""
    customer = bench.add()
    wrapped = {"customer": {**DENIZ, "primary_phone_number": "905321110023"}}
    answers = [
        await bench.a("POST", json=DENIZ),
        await bench.a("POST", json=wrapped),
        await bench.a("GET", f"/{customer}"),
        await bench.a("PATCH", f"/{customer}", json={"last_name": "Demir"}),
        await bench.a("PATCH", f"/{customer}", json={"customer": {"last_name": "Aksoy"}}),
    ]
    last = (await bench.rows())[-1]["last_name"]
    types = await bench.a("GET", "/../customer_types")
    return [answer.status_code for answer in answers], last, types.status_code


async def types_path(bench: Bench) -> object:
    paths = ("/api/v1/customer_types", "/api/v1/types")
    return [(await bench.a("GET", f"/..{path.removeprefix('/api/v1')}")).status_code for path in paths]


async def merge(bench: Bench) -> object:
    winner, loser = bench.add("Winner", None), bench.add("Loser", "905321110002")
    bench.store.staff_merge(winner, loser)
    return [(row["first_name"], row["is_active"], row["primary_phone_number"]) for row in await bench.rows()]


async def touch(bench: Bench) -> object:
    """Minutes that updated_at moved by a visit, a consent and an edit, each five minutes after the one before."""
    customer = bench.add()
    seen = []
    for act in (
        lambda: bench.store.visit(customer, review=5),
        lambda: bench.store.consent(customer, "sms", True),
        lambda: bench.store.staff_edit(customer, note="x"),
    ):
        bench.clock.shift += 300
        act()
        seen.append((await bench.only())["updated_at"][-5:])
    return seen


WINNER = ("Winner", True, "905321110002")

CASES = {
    "required": Case(
        required,
        {
            "first_name_and_phone": [422, 200, 200],
            "none": [200, 200, 200],
            "also_last_name_and_type": [422, 422, 200],
        },
    ),
    "phone_write": Case(
        phone_forms,
        {
            "digits": ["905321110001", 422, 422, "00905321110004"],
            "normalises": ["905321110001", "905321110002", "905321110003", "905321110004"],
        },
    ),
    "duplicate_phone": Case(
        duplicate,
        {
            "422": (422, False, 1, 422),
            "409": (409, False, 1, 409),
            "200_existing": (200, True, 1, 422),
            "second_record": (200, False, 2, 200),
        },
    ),
    "phone_unique": Case(household, {"per_store": ([422, 422], 1), "not_unique": ([200, 200], 3)}),
    "create_fault": Case(
        fault,
        {
            "none": [200, 1, 422, 1],
            "drop_after_commit": ["broken", 1, 422, 1],
            "drop_without_commit": ["broken", 0, 200, 1],
            "5xx_after_commit": [502, 1, 422, 1],
        },
    ),
    "create_fault_strikes": Case(strikes, {"once": [502, 200, 200], "always": [502, 502, 502]}),
    "patch": Case(
        patch,
        {
            "null_clears": (["Aksoy", "905321110001", "female", False, "deniz@example.com"], None, None),
            "null_ignored": (
                ["Aksoy", "905321110001", "female", False, "deniz@example.com"],
                *("deniz@example.com", "Aksoy"),
            ),
            "full_replace": ([None, None, "unknown", True, "deniz@example.com"], None, None),
        },
    ),
    "write_body": Case(
        write_body,
        {
            "customer": [(200, "customer"), (200, "customer")],
            "bare": [(200, "id"), (200, "id")],
            "204": [(204, ""), (204, "")],
        },
    ),
    "create_status": Case(create_status, {"200": (200, 200, 200), "201": (201, 200, 200)}),
    "unknown_type": Case(unknown_type, {"422": (422, 422, [None, None]), "ignored": (200, 200, ["Standard", "VIP"])}),
    "extra_write": Case(
        extra,
        {
            "email_accepted": (200, 200, "deniz@example.com", None),
            "email_ignored": (200, 200, None, None),
            "unknown_422": (422, 422, None, None),
        },
    ),
    "limits": Case(limits, {"none": [200, 200, 200], "255": [200, 422, 422]}),
    "create_flags": Case(flags, {"sms_true": (True, False), "both_false": (False, False)}),
    "anonym_update": Case(
        anonym_update,
        {
            "stays_anonym": (200, True, "905321110022", None),
            "becomes_person": (200, False, "905321110022", "Standard"),
            "422": (422, True, None, None),
        },
    ),
    "anonymous_empty": Case(empty_anonym, {"accepted": [200, 200, 200], "422": [422, 422, 200]}),
    "placeholder_language": Case(
        placeholders,
        {
            "accept_language": [
                ("Bilinmeyen", "Müşteri 1", "tr"),
                ("Unknown", "Customer 2", "en"),
                ("Unknown", "Customer 3", "en"),
            ],
            "turkish": [("Bilinmeyen", f"Müşteri {number}", "tr") for number in (1, 2, 3)],
        },
    ),
    "anonymous_update": Case(nickname, {"served": (200, "Terrace", "Nuts"), "off": (404, None, None)}),
    "destroy": Case(destroy, {"is_active_false": (200, [False]), "row_removed": (204, [])}),
    "app_customers": Case(
        app_customers,
        {
            "served": ([200, 422, 200, 200, 200], "Demir", 200),
            "wrapped": ([422, 200, 200, 422, 200], "Aksoy", 200),
            "off": ([404, 404, 404, 404, 404], None, 404),
        },
    ),
    "types_path": Case(types_path, {"/api/v1/customer_types": [200, 404], "/api/v1/types": [404, 200]}),
    "merge_loser": Case(merge, {"leaves": [WINNER], "inactive": [("Loser", False, "905321110002"), WINNER]}),
    "touch_on_visit": Case(touch, {"no": ["12:15", "12:15", "12:30"], "yes": ["12:20", "12:25", "12:30"]}),
}


@pytest.mark.parametrize(("name", "word"), parameters(CASES))
async def test_each_word_shows_its_behaviour(name: str, word: str) -> None:
    expected = CASES[name].shows
    assert [other for other, same in expected.items() if same == expected[word]] == [word], "two words, one behaviour"
    assert await shown(CASES, name, word) == expected[word]
