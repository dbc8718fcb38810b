"""Switches of the listing and of the customer object: each word shows another behaviour over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.checkandplace_bench import OTHER_TOKEN, Bench, Case, parameters, shown

FULL_KEYS = 29


async def shape(bench: Bench) -> object:
    bench.add()
    data = (await bench.b("GET")).json()
    return "array" if isinstance(data, list) else sorted(data)


async def meta(bench: Bench) -> object:
    for number in range(3):
        bench.add(phone=f"90532111000{number}")
    return (await bench.b("GET", params={"page": 1, "per_page": 2})).json().get("meta")


async def largest_page(bench: Bench) -> object:
    for number in range(120):
        bench.add(phone=str(905321110000 + number))
    return len(await bench.rows(per_page=500)), len(await bench.rows()), len(await bench.rows(per_page=7))


async def excess(bench: Bench) -> object:
    bench.add()
    return [(await bench.b("GET", params={"per_page": size})).status_code for size in (50, 51)]


async def order(bench: Bench) -> object:
    """Page 1, an insert, page 2: what the reader sees."""
    base = bench.clock.now()
    for number, name in enumerate("ABCD"):
        bench.add(name, f"90532111000{number}", created_at=base + number)
    seen = [row["first_name"] for row in await bench.rows(page=1, per_page=2)]
    bench.add("E", "905321110009", created_at=base + 60)
    return seen + [row["first_name"] for row in await bench.rows(page=2, per_page=2)]


async def unknown_parameter(bench: Bench) -> object:
    bench.add()
    return (await bench.b("GET", params={"page": 1, "sort": "name"})).status_code


async def by_phone(bench: Bench) -> object:
    bench.add("A", "905321110001")
    bench.add("B", "905321110002")
    return [row["first_name"] for row in await bench.rows(phone_number="+90 532 111 00 02")]


async def since(bench: Bench) -> object:
    base = bench.clock.now()
    bench.add("A", "905321110001", created_at=base - 120)
    bench.add("B", "905321110002", created_at=base)
    return [row["first_name"] for row in await bench.rows(updated_at="2026-11-20 12:15")]


async def content(bench: Bench) -> object:
    bench.add("Plain", "905321110001")
    bench.add("Inactive", "905321110002", is_active=False)
    bench.add("Blacklisted", "905321110003", blacklist=True)
    bench.store.add({"is_anonym": True, "guest_language": "en"})
    return [row["first_name"] for row in await bench.rows()]


async def scope(bench: Bench) -> object:
    """What a second store's token lists, and whether it may take a number the first one holds."""
    bench.add("Main", "905321110001")
    headers = OTHER_TOKEN
    listed = (await bench.client.get("/v1/customers", headers=headers)).json()["customers"]
    body = {"first_name": "Other", "primary_phone_number": "905321110001"}
    created = await bench.client.post("/v1/customers", headers=headers, json=body)
    return [row["first_name"] for row in listed], created.status_code


async def past_end(bench: Bench) -> object:
    bench.add()
    answer = await bench.b("GET", params={"page": 2})
    return answer.status_code, [row["first_name"] for row in answer.json().get("customers", [])]


async def paging(bench: Bench) -> object:
    bench.add("A", "905321110001")
    bench.add("B", "905321110002")
    return [(await bench.rows(page=page, per_page=1))[0]["first_name"] for page in (1, 2)]


async def created_at(bench: Bench) -> object:
    bench.add()
    return (await bench.only())["created_at"]


async def times_of_both(bench: Bench) -> object:
    """(a) is documented and never follows CP-08."""
    customer = bench.add()
    shown = (await bench.a("GET", f"/{customer}")).json()["customer"]
    return (await bench.only())["updated_at"], shown["updated_at"]


async def phone(bench: Bench) -> object:
    bench.add("Turkish", "905321110001")
    bench.add("Azerbaijani", "994501112233")
    bench.add("By hand", "0532 111 00 03")
    return [(row["primary_phone_number"], row["country_code"]) for row in reversed(await bench.rows())]


async def genders(bench: Bench) -> object:
    """How a man is read, what writing 1 makes, and whether a word may be written."""
    bench.add("M", "905321110001", gender="male")
    one = await bench.b("POST", json={"first_name": "X", "primary_phone_number": "905321110002", "gender": 1})
    word = await bench.b("POST", json={"first_name": "Y", "primary_phone_number": "905321110003", "gender": "female"})
    read = (await bench.rows())[-1]
    return read["gender"], read["gender_as_integer"], one.json()["customer"]["gender"], word.status_code


async def permits(bench: Bench) -> object:
    customer = bench.add()
    bench.store.consent(customer, "sms", False)
    bench.store.consent(customer, "email", True)
    shown = (await bench.only())["permits"]
    assert set(shown["call"].values()) == {None}
    return shown["sms"]["permit"], shown["email"]["permit"]


async def tags(bench: Bench) -> object:
    bench.add(tags=["Window"])
    (tag,) = (await bench.only())["tags"]
    return sorted(tag) if isinstance(tag, dict) else tag


async def empties(bench: Bench) -> object:
    bench.add()
    row = await bench.only()
    return row["country"], row["allow_email"]


async def added(bench: Bench) -> object:
    """Which extra fields there are, and whether their values stay the same."""
    bench.add()
    first, second = await bench.only(), await bench.only()
    return list(first)[FULL_KEYS:], [first == second]


async def dropped(bench: Bench) -> object:
    bench.add()
    row = await bench.only()
    return [name for name in ("note", "tags", "guest_language", "email") if name in row]


async def keys(bench: Bench) -> object:
    """(a) shows the whole object in any case."""
    customer = bench.add()
    shown: dict[str, Any] = (await bench.a("GET", f"/{customer}")).json()["customer"]
    return sorted(await bench.only()) if len(await bench.only()) < FULL_KEYS else FULL_KEYS, len(shown)


BY_HAND = ("0532 111 00 03", None)
META = {"has_next_page": True, "current_page": 1, "per_page_count": 2, "total_count": 3, "total_page": 2}
DAY = "20.11.2026 12:15"
SMALL = ["email", "first_name", "gender", "id", "last_name", "name", "primary_phone_number"]
EVERYBODY = ["Unknown", "Blacklisted", "Inactive", "Plain"]

CASES = {
    "list_shape": Case(shape, {"customers": ["customers"], "bare_array": "array", "data": ["data"]}),
    "list_meta": Case(meta, {"none": None, "meta": META}),
    "per_page_max": Case(largest_page, {"50": (50, 50, 7), "20": (20, 20, 7), "100": (100, 50, 7)}),
    "per_page_excess": Case(excess, {"capped": [200, 200], "422": [200, 422]}),
    "list_order": Case(order, {"newest_first": ["D", "C", "C", "B"], "created_at": ["A", "B", "C", "D"]}),
    "unknown_param": Case(unknown_parameter, {"ignored": 200, "422": 422}),
    "phone_filter": Case(by_phone, {"off": ["B", "A"], "phone_number": ["B"]}),
    "changed_since": Case(since, {"off": ["B", "A"], "updated_at": ["B"]}),
    "list_content": Case(
        content,
        {
            "all": EVERYBODY,
            "inactive_hidden": [name for name in EVERYBODY if name != "Inactive"],
            "anonymous_hidden": [name for name in EVERYBODY if name != "Unknown"],
            "blacklisted_hidden": [name for name in EVERYBODY if name != "Blacklisted"],
        },
    ),
    "customer_scope": Case(scope, {"store": ([], 200), "organisation": (["Main"], 422)}),
    "past_end": Case(past_end, {"empty": (200, []), "last_page": (200, ["Aysel"]), "404": (404, [])}),
    "paging": Case(paging, {"honoured": ["B", "A"], "ignored": ["B", "B"]}),
    "store_zone": Case(
        created_at, {"Europe/Istanbul": DAY, "UTC": "20.11.2026 09:15", "Asia/Baku": "20.11.2026 13:15"}
    ),
    "time_format": Case(
        times_of_both,
        {"day_first": (DAY, DAY), "iso": ("2026-11-20T12:15:00+03:00", DAY), "year_first": ("2026-11-20 12:15", DAY)},
    ),
    "phone_read": Case(
        phone,
        {
            "full": [("905321110001", "90"), ("994501112233", "994"), BY_HAND],
            "national": [("5321110001", "90"), ("501112233", "994"), BY_HAND],
            "plus": [("+905321110001", "90"), ("+994501112233", "994"), BY_HAND],
            "region": [("905321110001", "TR"), ("994501112233", "AZ"), BY_HAND],
            "no_country_code": [("905321110001", None), ("994501112233", None), BY_HAND],
        },
    ),
    "gender_map": Case(
        genders,
        {
            "1_male_2_female": ("male", 1, "male", 422),
            "1_female_2_male": ("male", 2, "female", 422),
            "string_write": ("male", 1, "male", 200),
            "other_language": ("erkek", 1, "erkek", 422),
        },
    ),
    "permit_values": Case(permits, {"booleans": (False, True), "onay_ret": ("RET", "ONAY")}),
    "tag_shape": Case(tags, {"objects": ["id", "name"], "strings": "Window"}),
    "empties": Case(empties, {"newer": (None, False), "older": ("", None)}),
    "add_fields": Case(
        added, {"none": ([], [True]), "birthday,address": (["birthday", "address"], [False]), "x": (["x"], [False])}
    ),
    "drop_fields": Case(
        dropped,
        {
            "none": ["note", "tags", "guest_language", "email"],
            "note,tags,guest_language": ["email"],
            "email": ["note", "tags", "guest_language"],
        },
    ),
    "object_shape": Case(keys, {"full": (FULL_KEYS, FULL_KEYS), "small": (SMALL, FULL_KEYS)}),
}


@pytest.mark.parametrize(("name", "word"), parameters(CASES))
async def test_each_word_shows_its_behaviour(name: str, word: str) -> None:
    expected = CASES[name].shows
    assert [other for other, same in expected.items() if same == expected[word]] == [word], "two words, one behaviour"
    assert await shown(CASES, name, word) == expected[word]


async def test_the_totals_of_each_page() -> None:
    """CP-02: the last page says that nothing follows."""
    bench = Bench()
    bench.set(list_meta="meta")
    for number in range(4):
        bench.add(phone=f"90532111000{number}")

    async def meta_of(page: int) -> tuple[object, ...]:
        found = (await bench.b("GET", params={"page": page, "per_page": 2})).json()["meta"]
        return found["has_next_page"], found["current_page"], found["total_page"], found["total_count"]

    assert [await meta_of(page) for page in (1, 2)] == [(True, 1, 2, 4), (False, 2, 2, 4)]
    bench.set(per_page_max="3")
    found = (await bench.b("GET", params={"per_page": 50})).json()["meta"]
    assert (found["per_page_count"], found["total_page"]) == (3, 2), "the size that was served"


async def test_an_empty_store_is_an_empty_first_page_under_every_end() -> None:
    """CP-51 is about pages from the second on."""
    for word in ("empty", "last_page", "404"):
        bench = Bench()
        bench.set(past_end=word, list_meta="meta")
        answer = (await bench.b("GET")).json()
        assert (answer["customers"], answer["meta"]["total_page"]) == ([], 1)


async def test_pages_far_behind_the_end() -> None:
    """CP-51: the last page, not the one before the asked one."""
    bench = Bench()
    for number, name in enumerate("ABCD"):
        bench.add(name, f"90532111000{number}")
    bench.set(past_end="last_page")
    assert [row["first_name"] for row in await bench.rows(page=9, per_page=2)] == ["B", "A"]
    bench.set(list_order="created_at")
    assert [row["first_name"] for row in await bench.rows(page=9, per_page=3)] == ["D"]


@pytest.mark.parametrize(
    ("switch", "word", "query"),
    [
        ("phone_filter", "phone_number", {"phone_number": "905321110001"}),
        ("changed_since", "updated_at", {"updated_at": "2026-11-20 12:15"}),
    ],
)
async def test_a_filter_that_is_honoured_is_not_unknown(switch: str, word: str, query: dict[str, str]) -> None:
    """CP-05, CP-06: with 422 for what is unknown, each filter is known only where it is switched on."""
    bench = Bench()
    bench.add()
    bench.set(unknown_param="422")
    refused = await bench.b("GET", params={**query, "sort": "name"})
    assert (refused.status_code, sorted(refused.json()["errors"])) == (422, sorted([*query, "sort"]))
    bench.switches.set(switch, word)
    assert (await bench.b("GET", params={"page": 1, "per_page": 5, **query})).status_code == 200
    assert list((await bench.b("GET", params={**query, "sort": "name"})).json()["errors"]) == ["sort"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2026-11-20 12:15", ["B"]), ("20.11.2026 12:15", ["B"]), ("2026-11-20T12:15:59", ["B"]),
        ("2026-11-20T09:15:00Z", ["B"]), ("2026-11-20 12:16", []), ("2026-11-20 12:13", ["B", "A"]),
        ("2026-11-20", ["B", "A"]),
    ],
)  # fmt: skip
async def test_since_when_is_read_in_the_store_s_zone_to_the_minute(asked: str, found: list[str]) -> None:
    """CP-06, CP-07, CP-09: it is 12:15:10 in Istanbul, and A was changed two minutes ago."""
    bench = Bench()
    bench.set(changed_since="updated_at")
    now = bench.clock.now()
    bench.add("A", "905321110001", created_at=now - 120)
    bench.add("B", "905321110002", created_at=now)
    assert [row["first_name"] for row in await bench.rows(updated_at=asked)] == found


async def test_an_e_mail_permit_that_is_given_is_true_in_the_older_sample_too() -> None:
    """CP-28: null stands for false alone."""
    bench = Bench()
    bench.set(empties="older")
    bench.add(allow_email=True, country="TR")
    row = await bench.only()
    assert (row["allow_email"], row["country"]) == (True, "TR")


@pytest.mark.parametrize("word", ["1_male_2_female", "1_female_2_male", "other_language"])
async def test_every_gender_is_shown_in_both_forms(word: str) -> None:
    """CP-13: 0 is unknown under each of them."""
    bench = Bench()
    bench.set(gender_map=word)
    for number, gender in enumerate(("unknown", "male", "female")):
        bench.add(gender, f"90532111000{number}", gender=gender)
    shown = {row["first_name"]: (row["gender"], row["gender_as_integer"]) for row in await bench.rows()}
    male, female = (2, 1) if word == "1_female_2_male" else (1, 2)
    words = ("bilinmiyor", "erkek", "kadın") if word == "other_language" else ("unknown", "male", "female")
    assert shown == {"unknown": (words[0], 0), "male": (words[1], male), "female": (words[2], female)}


async def test_a_code_that_staff_typed_is_shown_as_it_stands() -> None:
    """CP-11: `phone_read` says the form only where nobody typed one."""
    bench = Bench()
    bench.set(phone_read="plus")
    bench.add(phone="5321110001", country_code="90")
    row = await bench.only()
    assert (row["primary_phone_number"], row["country_code"]) == ("5321110001", "90")
    await bench.b("PATCH", f"/{row['id']}", json={"primary_phone_number": "994501112233"})
    row = await bench.only()
    assert (row["primary_phone_number"], row["country_code"]) == ("+994501112233", "994")
