"""What `init` writes is a good settings file, read-only, without a secret, and fit for the answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.config import load_settings, open_secrets
from connector.config.template import check_answer, init_answers, init_text
from connector.domain.errors import ConfigError, ExitCode
from tests.unit.config_kit import load

ANSWERS: dict[str, Any] = {
    "brand": "mycafe",
    "region": "AZ",
    "timezone": "Asia/Baku",
    "checkandplace_timezone": "Europe/Istanbul",
}
ENVIRON = {
    "CLOPOS_CLIENT_ID": "1",
    "CLOPOS_CLIENT_SECRET": "2",
    "CLOPOS_INTEGRATOR_ID": "3",
    "CHECKANDPLACE_ACCESS_TOKEN": "4",
    "CHECKANDPLACE_AUTHORIZATION": "5",
    "CHECKANDPLACE_EMPLOYEE_TOKEN": "6",
    "CHECKANDPLACE_STORE_PIN_CODE": "7",
    "CHECKANDPLACE_SLUG_NAME": "8",
}


@pytest.mark.parametrize("more", [{}, {"api": "v1"}, {"api": "v1", "venue_id": 7}, {"pair": "sea-side"}])
def test_the_written_file_can_be_used(tmp_path: Path, more: dict[str, Any]) -> None:
    settings = load(tmp_path, init_text(init_answers(**ANSWERS, **more)), ENVIRON)
    open_secrets(settings, settings.pairs)
    pair = settings.pairs[more.get("pair", "main")]
    assert pair.mode == "read-only"
    assert (pair.region, pair.calling_codes, pair.timezone) == ("AZ", ("994",), "Asia/Baku")
    assert (pair.clopos.api, pair.clopos.brand) == (more.get("api", "v2"), "mycafe")
    assert pair.clopos.venue_id == {None: None, "v1": str(more.get("venue_id", 1))}[more.get("api")]
    assert pair.checkandplace.timezone == "Europe/Istanbul"
    assert pair.clopos.client_secret.reference == "env:CLOPOS_CLIENT_SECRET"


def test_no_secret_is_asked_for_and_all_are_references(tmp_path: Path) -> None:
    pair = load(tmp_path, init_text(init_answers(**ANSWERS))).pairs["main"]
    assert all(secret.kind == "env" for secret in pair.secrets().values())


def test_the_lines_that_are_commented_out_can_be_used_too(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "customer.toml").touch()
    text = init_text(init_answers(**ANSWERS))
    opened = re.sub(r'(?m)^# (?=\[|[a-z_]+ = |\d = |"6)', "", text)
    assert opened.count("\n# ") < text.count("\n# ") - 15
    pair = load(tmp_path, opened, ENVIRON).pairs["main"]
    assert (pair.gender, pair.types) == (
        {"1": "male", "2": "female"},
        {"6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11": "3"},
    )
    assert pair.checkandplace.slug_name is not None
    assert pair.mapping_file == tmp_path / "mappings" / "customer.toml"
    plain = load(tmp_path, text, ENVIRON).pairs["main"]
    assert (pair.guard, pair.select, pair.max_reading_age) == (plain.guard, plain.select, plain.max_reading_age)


def test_the_variable_that_the_file_speaks_of_works(tmp_path: Path) -> None:
    text = init_text(init_answers(**ANSWERS, pair="sea-side"))
    variable = re.search(r"CONNECTOR__\w+", text)
    assert variable is not None
    assert load(tmp_path, text, {variable.group(): "live"}).pairs["sea-side"].mode == "live"


def test_addresses_of_a_test_system(tmp_path: Path) -> None:
    urls = {"clopos_url": "http://127.0.0.1:8000/open-api/v2/", "checkandplace_url": "http://127.0.0.1:8001"}
    pair = load(tmp_path, init_text(init_answers(**ANSWERS, **urls, calling_codes=["90", "+7"]))).pairs["main"]
    assert pair.clopos.base_url == "http://127.0.0.1:8000/open-api/v2"
    assert pair.checkandplace.base_url == "http://127.0.0.1:8001"
    assert pair.calling_codes == ("90", "7")


@given(brand=st.text(min_size=1, max_size=12))
def test_any_brand_is_written_as_it_is_or_refused(tmp_path_factory: pytest.TempPathFactory, brand: str) -> None:
    if check_answer("brand", brand) is not None:
        return
    file = tmp_path_factory.mktemp("init") / "connector.toml"
    file.write_text(init_text(init_answers(**{**ANSWERS, "brand": brand})), encoding="utf-8")
    assert load_settings(file, {}).pairs["main"].clopos.brand == brand.strip()


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("region", "XX", 'region: "XX" is no country'),
        ("timezone", "Asia/Bakuu", 'write "Asia/Baku"'),
        ("checkandplace_timezone", "", "the text is empty"),
        ("api", "v3", 'write "v2" or "v1"'),
        ("pair", "my cafe", "no name for a pair"),
        ("brand", "env:BRAND", "this is no secret"),
        ("calling_codes", ("1234567",), "no calling code"),
        ("clopos_url", "https://open-api.clopos.com", "not supported"),  # CL-01
        ("checkandplace_url", "http://example.com", "unencrypted"),
    ],
)
def test_a_bad_answer_is_told_at_once(question: str, answer: object, words: str) -> None:
    sentence = check_answer(question, answer)
    assert sentence is not None
    assert sentence.startswith(f"{question}: ")
    assert words in sentence
    with pytest.raises(ConfigError) as caught:
        init_answers(**{**ANSWERS, question: answer})
    assert (caught.value.manager, caught.value.exit_code) == (sentence, ExitCode.CONFIG)


def test_the_zone_of_check_and_place_has_no_default() -> None:  # CP-07
    without = {key: value for key, value in ANSWERS.items() if key != "checkandplace_timezone"}
    with pytest.raises(ConfigError, match="checkandplace_timezone"):
        init_answers(**without)


def test_good_answers() -> None:
    assert all(check_answer(question, answer) is None for question, answer in ANSWERS.items())
