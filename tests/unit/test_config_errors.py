"""Every mistake in the settings is one sentence: file, line, dotted key, problem, what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.config import find_file, load_settings, open_secrets
from connector.domain.errors import ConfigError
from tests.unit.config_kit import GOOD, MARK, SECOND, SENTINEL, checked, failure, load, marked_line, write

PAIR = "[pairs.main]"
CLOPOS = "[pairs.main.clopos]"
CHECKANDPLACE = "[pairs.main.checkandplace]"


def edit(old: str, new: str, text: str = GOOD) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def v1(text: str = GOOD) -> str:
    without = text.replace('api = "v2"', 'api = "v1"')
    return "\n".join(line for line in without.split("\n") if not line.startswith("integrator_id"))


CASES = [
    # id, text with the line marked, code, key, problem (a part), instead (a part)
    ("syntax-no-quotes", edit('region = "AZ"', f"region = AZ {MARK}"), "config-syntax", "pairs.main.region",
     "not TOML", 'region = "text"'),
    ("syntax-open-quote", edit('brand = "mycafe"', f'brand = "mycafe {MARK}'), "config-syntax",
     "pairs.main.clopos.brand", "not TOML", "close the quote"),
    ("syntax-no-equals", edit('brand = "mycafe"', f'brand "mycafe" {MARK}'), "config-syntax",
     "pairs.main.clopos.client_secret", "not TOML", '= "text"'),
    ("syntax-key-twice", edit('brand = "mycafe"', f'brand = "mycafe"\nbrand = "other" {MARK}'), "config-syntax",
     "pairs.main.clopos.brand", "written in line 13 too", "keep one of the two"),
    ("syntax-table-twice", GOOD + f'{CLOPOS} {MARK}\nbrand = "x"\n', "config-syntax", "pairs.main.clopos",
     "written in line 9 too", "keep one of the two"),
    ("unknown-key", edit("brand =", "bran =").replace('"mycafe"', f'"mycafe" {MARK}'), "config-unknown-key",
     "pairs.main.clopos.bran", 'no key "bran" in [pairs.main.clopos]', "write brand"),
    ("unknown-key-of-another-table", edit('region = "AZ"', f'region = "AZ"\nwrite_email = true {MARK}'),
     "config-unknown-key", "pairs.main.write_email", 'no key "write_email"', "write it in [pairs.main.checkandplace]"),
    ("unknown-key-like-none", edit('region = "AZ"', f'region = "AZ"\nzzz = 1 {MARK}'), "config-unknown-key",
     "pairs.main.zzz", 'no key "zzz"', "docs/CONFIGURATION.md"),
    ("unknown-table", GOOD + f"[statte] {MARK}\n", "config-unknown-key", "statte", 'no table "statte" in the file',
     "write state"),
    ("missing-key", edit('brand = "mycafe"\n', "").replace(CLOPOS, f"{CLOPOS} {MARK}"), "config-missing-key",
     "pairs.main.clopos.brand", "the key is missing", 'write brand = "mycafe"'),
    ("missing-secret", edit(f'access_token = "{SENTINEL}-token"\n', "").replace(
        CHECKANDPLACE, f"{CHECKANDPLACE} {MARK}"), "config-missing-key", "pairs.main.checkandplace.access_token",
     "the key is missing", 'write access_token = "env:CHECKANDPLACE_ACCESS_TOKEN"'),
    ("missing-table", GOOD.partition(CLOPOS)[0].replace(PAIR, f"{PAIR} {MARK}"), "config-missing-key",
     "pairs.main.clopos", "the table is missing", "write [pairs.main.clopos]"),
    ("missing-pairs", f'[state] {MARK}\nurl = "sqlite:///x.db"\n', "config-missing-key", "pairs", "table is missing",
     "[pairs.main]"),
    ("wrong-type-text", edit('timezone = "Asia/Baku"', f"timezone = 4 {MARK}"), "config-wrong-type",
     "pairs.main.timezone", "this is a number", 'timezone = "Asia/Baku"'),
    ("wrong-type-number", edit("venue_id = 1", f'page_size = "big" {MARK}'), "config-wrong-type",
     "pairs.main.clopos.page_size", "this is text, not a whole number", "page_size = 999"),
    ("wrong-type-bool", edit("venue_id = 1", f'create = "no" {MARK}'), "config-wrong-type", "pairs.main.clopos.create",
     "this is text, not true or false", "write true or false"),
    ("wrong-type-list", edit('calling_codes = ["994", "90"]', f'calling_codes = "994" {MARK}'), "config-wrong-type",
     "pairs.main.calling_codes", "this is text, not a list", 'calling_codes = ["994", "90"]'),
    ("wrong-type-item", edit("venue_id = 1", f"read_venues = [\n  1,\n  true, {MARK}\n]"), "config-wrong-type",
     "pairs.main.clopos.read_venues[1]", "this is true or false", "write the id"),
    ("wrong-type-table", edit(PAIR, f"{PAIR}\nguard = 5 {MARK}"), "config-wrong-type", "pairs.main.guard",
     "this is a number, not a table", "[pairs.main.guard]"),
    ("wrong-type-secret", edit(f'client_id = "{SENTINEL}-id"', f"client_id = 77 {MARK}"), "config-wrong-type",
     "pairs.main.clopos.client_id", "this is a number", 'client_id = "env:CLOPOS_CLIENT_ID"'),
    ("empty-secret-reference", edit(f'client_id = "{SENTINEL}-id"', f'client_id = "env:" {MARK}'), "config-bad-value",
     "pairs.main.clopos.client_id", "nothing follows env:", '"env:NAME"'),
    ("bad-zone", edit('"Asia/Baku"', f'"Asia/Bakuu" {MARK}'), "config-bad-value", "pairs.main.timezone",
     '"Asia/Bakuu" is no time zone', 'write "Asia/Baku"'),
    ("bad-zone-of-a-side", edit('"Europe/Istanbul"', f'"Turkey time" {MARK}'), "config-bad-value",
     "pairs.main.checkandplace.timezone", "is no time zone", "write "),
    ("bad-region", edit('"AZ"', f'"XX" {MARK}'), "config-bad-value", "pairs.main.region", '"XX" is no country',
     '"AZ" or "TR"'),
    ("bad-calling-code", edit('["994", "90"]', f'["994", "999999"] {MARK}'), "config-bad-value",
     "pairs.main.calling_codes[1]", "no calling code", '"994"'),
    ("bad-word", edit('api = "v2"', f'api = "v3" {MARK}'), "config-bad-value", "pairs.main.clopos.api",
     '"v3" is not possible here', 'write "v2" or "v1"'),
    ("bad-word-close", edit(PAIR, f'{PAIR}\nmode = "readonly" {MARK}'), "config-bad-value", "pairs.main.mode",
     '"readonly" is not possible here', 'write "read-only"'),
    ("too-large", edit("venue_id = 1", f"page_size = 1000 {MARK}"), "config-bad-value", "pairs.main.clopos.page_size",
     "1000 is too large", "write 999 or less"),
    ("too-small", edit("venue_id = 1", f"page_size = 0 {MARK}"), "config-bad-value", "pairs.main.clopos.page_size",
     "0 is too small", "write 1 or more"),
    ("bad-duration", edit(PAIR, f'{PAIR}\nmax_reading_age = "soon" {MARK}'), "config-bad-value",
     "pairs.main.max_reading_age", "no length of time", '"5m"'),
    ("overlap-above-5h", edit("venue_id = 1", f'overlap = "6h" {MARK}'), "config-bad-value",
     "pairs.main.clopos.overlap", "too long", '"5h"'),  # CL-15
    ("plain-http", edit("venue_id = 1", f'base_url = "http://pos.example.com/x" {MARK}'), "config-bad-value",
     "pairs.main.clopos.base_url", "unencrypted", 'write "https://pos.example.com/x"'),
    ("new-clopos-host", edit("venue_id = 1", f'base_url = "https://open-api.clopos.com/v1" {MARK}'),
     "config-bad-value", "pairs.main.clopos.base_url", "not supported", "integrations.clopos.com"),  # CL-01
    ("brand-by-reference", edit('"mycafe"', f'"env:BRAND" {MARK}'), "config-bad-value", "pairs.main.clopos.brand",
     "this is no secret", "write the value itself"),
    ("mapping-file-missing", edit(PAIR, f'{PAIR}\nmapping = "none.toml" {MARK}'), "config-no-file",
     "pairs.main.mapping", "there is no file", "relative to this one"),
    ("two-pairs-one-name", GOOD + f"{PAIR} {MARK}\n", "config-two-names", "pairs.main", "two pairs with one name",
     "rename one"),
    ("two-pairs-one-name-but-for-case", GOOD + SECOND.replace("pairs.other]", f"pairs.MAIN] {MARK}").replace(
        "pairs.other.", "pairs.MAIN."), "config-two-names", "pairs.MAIN", "two pairs with one name", "rename one"),
    ("pair-name", GOOD.replace("pairs.main.", 'pairs."my cafe".').replace(PAIR, f'[pairs."my cafe"] {MARK}'),
     "config-bad-value", "pairs.my cafe", "no name for a pair", "letters a to z"),
    ("one-store-two-pairs", GOOD + SECOND.replace('-other-token"', f'-token" {MARK}'), "config-same-store",
     "pairs.other.checkandplace.access_token", 'pairs "main" and "other" are one Check&Place store', "another store"),
    ("v2-without-integrator", edit(f'integrator_id = "{SENTINEL}-integrator"\n', "").replace(
        CLOPOS, f"{CLOPOS} {MARK}"), "config-missing-key", "pairs.main.clopos.integrator_id", 'api = "v2" needs it',
     "env:CLOPOS_INTEGRATOR_ID"),
    ("v1-with-integrator", edit('api = "v2"', 'api = "v1"').replace('-integrator"', f'-integrator" {MARK}'),
     "config-other-generation", "pairs.main.clopos.integrator_id", 'belongs to api = "v2"', "remove the key"),
    ("v1-without-venue", v1().replace("venue_id = 1\n", "").replace(CLOPOS, f"{CLOPOS} {MARK}"), "config-missing-key",
     "pairs.main.clopos.venue_id", 'api = "v1" needs it', "venue_id = 1"),
    ("v1-at-the-address-of-v2", v1().replace("venue_id = 1", "venue_id = 1\nbase_url = "
     f'"https://integrations.clopos.com/open-api/v2/" {MARK}'), "config-other-generation",
     "pairs.main.clopos.base_url", 'the address of api = "v2"', 'open-api" or api = "v2"'),
    ("v1-page-size", v1().replace("venue_id = 1", f"venue_id = 1\npage_size = 200 {MARK}"), "config-other-generation",
     "pairs.main.clopos.page_size", "100 customers a page", "100 or less"),
    ("v2-at-the-address-of-v1", edit("venue_id = 1", f'base_url = "https://integrations.clopos.com/open-api" {MARK}'),
     "config-other-generation", "pairs.main.clopos.base_url", 'the address of api = "v1"', "open-api/v2"),
    ("v2-with-stage", edit("venue_id = 1", f'stage = "live" {MARK}'), "config-other-generation",
     "pairs.main.clopos.stage", 'belongs to api = "v1"', "remove the key"),
    ("app-without-its-keys", edit(CHECKANDPLACE, f'{CHECKANDPLACE} {MARK}\nauthorization = "x"\napi = "app"'),
     "config-missing-key", "pairs.main.checkandplace.employee_token", 'api = "app" needs it', "EMPLOYEE_TOKEN"),
    ("anonymous-without-app", edit(PAIR, f'{PAIR}\nwithout_phone = "anonymous" {MARK}'), "config-bad-value",
     "pairs.main.without_phone", "needs checkandplace.authorization", '"skip"'),  # CP-10
    ("gender-zero", edit('1 = "male"', f'0 = "male" {MARK}'), "config-bad-value", "pairs.main.gender.0",
     "0 means unknown", "remove the line"),
    ("gender-word", edit('1 = "male"', f'1 = "m" {MARK}'), "config-bad-value", "pairs.main.gender.1", '"m" is neither',
     'write "male" or "female"'),
    ("gender-twice", edit('1 = "male"', f'1 = "male"\n2 = "male" {MARK}'), "config-bad-value", "pairs.main.gender.2",
     '1 and 2 both mean "male"', "keep one"),
    ("gender-no-number", edit('1 = "male"', f'man = "male" {MARK}'), "config-bad-value", "pairs.main.gender.man",
     '"man" is no number', '1 = "male"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "key", "problem", "instead"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_a_mistake_is_one_sentence_at_its_line(
    tmp_path: Path, text: str, code: str, key: str, problem: str, instead: str
) -> None:
    error = failure(tmp_path, text)
    head, _, words = error.manager.partition(": ")
    assert (error.code, head) == (code, f"{tmp_path / 'connector.toml'}, line {marked_line(text)}, {key}")
    said, _, advice = words.rpartition("; ")
    assert problem in said
    assert instead in advice


def test_a_misspelt_key_is_told_before_the_key_that_is_therefore_missing(tmp_path: Path) -> None:
    error = failure(tmp_path, "[pairs.main]\n" + edit("access_token", "acces_token").replace("[pairs.main]\n", ""))
    assert error.code == "config-unknown-key"


def test_the_first_of_several_mistakes_is_told(tmp_path: Path) -> None:
    text = edit('"Asia/Baku"', '"Nowhere"').replace('"AZ"', f'"XX" {MARK}').replace('"v2"', '"v9"')
    assert f"line {marked_line(text)}, pairs.main.region:" in failure(tmp_path, text).manager


def test_no_file(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    for path, environ, head, step in (
        (missing, {}, f"{missing}: there is no such file; ", f"connector init --config {missing}"),
        (None, {"CONNECTOR_CONFIG": "/none.toml"}, "environment variable CONNECTOR_CONFIG, ", "connector init"),
    ):
        with pytest.raises(ConfigError) as caught:
            find_file(path, environ)
        assert caught.value.code == "config-no-file"
        assert checked(caught.value).manager.startswith(head)
        assert caught.value.next_step == step


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path, {})
    assert checked(caught.value).code == "config-no-file"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD.encode().replace(b"mycafe", b"my\xffcafe"), ", line 13: this is not UTF-8 text; "),
        (b"v = " + b"[" * 20_000, ": brackets are nested too deeply; "),
        (b'v = """\n\n', ", line 1, v: this is not TOML (unterminated string); "),
        (b"= 1\n", ", line 1: this is not TOML (invalid statement); "),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "connector.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(file, {})
    assert checked(caught.value).manager.startswith(f"{file}{words}")


SECRETS = [
    ("env:UNSET", "the environment variable UNSET is not set", "set UNSET"),
    ("file:none.txt", "there is no file", "write the secret into it"),
    ("cmd:false", "the command false failed with exit code 1", "run it by hand"),
    ("cmd:no-such-program --x", "the command no-such-program cannot be started", "full path"),
    ("cmd:true", "the command true printed nothing", "prints the secret"),
    ("cmd:sleep 30", "the command sleep took longer than 0.2 s", "answers at once"),
    ("cmd:seq 2", "more than one line", "one line"),
    ("cmd:echo 'x", "open quote", "close it"),
]


@pytest.mark.parametrize(("reference", "problem", "instead"), SECRETS)
def test_a_secret_that_cannot_be_had_is_told_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, problem: str, instead: str
) -> None:
    monkeypatch.setattr("connector.config.secrets.COMMAND_SECONDS", 0.2)
    text = edit(f'client_secret = "{SENTINEL}-secret"', f'client_secret = "{reference}" {MARK}')
    settings = load(tmp_path, text, {"PATH": "/usr/bin:/bin"})  # loading looks nothing up
    with pytest.raises(ConfigError) as caught:
        open_secrets(settings, ["main"])
    sentence = checked(caught.value).manager
    place = f"{tmp_path / 'connector.toml'}, line {marked_line(text)}, pairs.main.clopos.client_secret: "
    assert sentence.startswith(place + problem) or (sentence.startswith(place) and problem in sentence)
    assert instead in sentence
    assert caught.value.code == "config-secret"


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("env:ONE", "env:ONE", "loading"),
        ("env:ONE", "env:SAME", "loading"),
        ("env:ONE", "file:one.txt", "loading"),
        ("cmd:echo 1", "cmd:echo 1", "loading"),
        ("cmd:echo one", "env:ONE", "opening"),
        ("env:ONE", "env:OTHER", "never"),
        ("env:UNSET", "env:OTHER", "never"),
    ],
)
def test_one_store_under_two_pairs_is_found_by_reference_or_token(
    tmp_path: Path, one: str, other: str, told: str
) -> None:  # CP-31
    (tmp_path / "one.txt").write_text("one\n")
    environ = {"ONE": "one", "SAME": "one", "OTHER": "other", "PATH": "/usr/bin:/bin"}
    text = GOOD.replace(f"{SENTINEL}-token", one) + SECOND.replace(f"{SENTINEL}-other-token", other)
    if told == "loading":
        error = failure(tmp_path, text, environ)
    else:
        settings = load(tmp_path, text, environ)
        if told == "never":
            open_secrets(settings, ["other"])
            return
        with pytest.raises(ConfigError) as caught:
            open_secrets(settings, ["main", "other"])
        error = checked(caught.value)
    assert error.code == "config-same-store"
    assert "pairs.other.checkandplace.access_token" in error.manager


def test_one_token_at_two_addresses_is_two_stores(tmp_path: Path) -> None:
    other = SECOND.replace("-other-token", "-token").replace(
        "[pairs.other.checkandplace]", '[pairs.other.checkandplace]\nbase_url = "https://qa.example.com"'
    )
    assert list(load(tmp_path, GOOD + other).pairs) == ["main", "other"]


def test_a_pair_can_speak_of_its_keys_later(tmp_path: Path) -> None:
    text = edit("venue_id = 1", f"venue_id = 1 {MARK}")
    pair = load(tmp_path, text).pairs["main"]
    error = checked(pair.error("clopos.venue_id", "Clopos does not know venue 1", "write the id of one of your venues"))
    assert f"line {marked_line(text)}, pairs.main.clopos.venue_id: Clopos does not know venue 1; " in error.manager


def test_a_pair_that_is_not_there(tmp_path: Path) -> None:
    settings = load(tmp_path)
    for name, advice in (("mian", 'write "main"'), ("zzz", "main")):
        with pytest.raises(ConfigError) as caught:
            settings.pair(name)
        assert advice in checked(caught.value).manager


def test_the_bad_file_is_the_one_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, edit('"AZ"', '"XX"'))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_settings(None, {})
    assert caught.value.manager.startswith("connector.toml, line 5, pairs.main.region: ")
