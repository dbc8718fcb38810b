"""The commented `connector.toml` that `connector init` writes, and the check of each answer."""

from __future__ import annotations

import json
from typing import Literal

import phonenumbers
from pydantic import Field, ValidationError

from connector.config.addresses import BaseUrl
from connector.config.base import Table
from connector.config.checkandplace import CHECKANDPLACE_URL
from connector.config.clopos import V1_URL, V2_URL, CloposUrl
from connector.config.explain import words
from connector.config.kinds import CallingCode, Identifier, PairName, PlainText, Region, Zone
from connector.domain.errors import ConfigError

CLOPOS_ZONE_PROPOSAL = "Asia/Baku"
CHECKANDPLACE_ZONE_PROPOSAL = "Europe/Istanbul"
"""Proposals for the questions of `init`, never used unasked (CL-15, CP-07)."""


class InitAnswers(Table):
    """What `init` asks. `calling_codes` left empty becomes the code of `region`; addresses left out the vendors'."""

    brand: PlainText
    region: Region
    timezone: Zone
    checkandplace_timezone: Zone
    pair: PairName = "main"
    calling_codes: tuple[CallingCode, ...] = Field((), strict=False)
    api: Literal["v2", "v1"] = "v2"
    venue_id: Identifier | None = None
    clopos_url: CloposUrl | None = None
    checkandplace_url: BaseUrl | None = None


def check_answer(question: str, answer: object) -> str | None:
    """What is wrong with an answer to the question of this name, in one sentence; None if nothing is."""
    try:
        InitAnswers.model_validate({question: answer})
    except ValidationError as error:
        for details in error.errors():
            if details["loc"][0] == question:
                _, problem, instead = words(details, (question,))
                return f"{question}: {problem}; {instead}."
    return None


def init_answers(**answers: object) -> InitAnswers:
    """The answers as one value. Raises ConfigError (`config-bad-value`, `config-missing-key`), one sentence."""
    for question, answer in answers.items():
        if problem := check_answer(question, answer):
            raise ConfigError("config-bad-value", problem, next_step="connector init")
    missing = [name for name, info in InitAnswers.model_fields.items() if info.is_required() and name not in answers]
    if missing:
        problem = f"{missing[0]}: the answer is missing; give one, it has no default."
        raise ConfigError("config-missing-key", problem, next_step="connector init")
    return InitAnswers.model_validate(answers)


def init_text(answers: InitAnswers) -> str:
    """The text of a settings file: secrets by reference, `mode = "read-only"`, every key that is often changed."""
    codes = list(answers.calling_codes) or [str(phonenumbers.country_code_for_region(answers.region))]
    v1 = answers.api == "v1"
    venue = _quoted(answers.venue_id) if answers.venue_id is not None else None
    integrator = 'integrator_id = "env:CLOPOS_INTEGRATOR_ID" # issued by Clopos, one for all brands'
    return _TEXT.format(
        pair=answers.pair,
        variable=answers.pair.upper().replace("-", "_"),
        brand=_quoted(answers.brand),
        region=_quoted(answers.region),
        calling_codes=_quoted(codes),
        timezone=_quoted(answers.timezone),
        api=_quoted(answers.api),
        clopos_url=_quoted(answers.clopos_url or (V1_URL if v1 else V2_URL)),
        integrator='# integrator_id belongs to api = "v2"' if v1 else integrator,
        venue=f"venue_id = {venue}" if venue else ("venue_id = 1" if v1 else "# venue_id = 1"),
        checkandplace_url=_quoted(answers.checkandplace_url or CHECKANDPLACE_URL),
        checkandplace_timezone=_quoted(answers.checkandplace_timezone),
    )


def _quoted(value: object) -> str:
    """TOML's strings and arrays are written like those of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_TEXT = """\
# Settings of the connector between Clopos and Check&Place. Every key is explained in docs/CONFIGURATION.md.
#
# A secret may be written as it is, but is better kept elsewhere:
#   "env:NAME"      environment variable NAME
#   "file:PATH"     text of a file; the path is relative to this file
#   "cmd:COMMAND"   what a command prints, for password managers
# Each key can also be set from the environment: CONNECTOR__PAIRS__{variable}__MODE stands over `mode` below.

[state]
url = "sqlite:///connector.db" # remembers links and history: keep it, and back it up

[log]
format = "console" # or "json"
level = "info"

[pairs.{pair}]
mode = "read-only" # "live" lets the connector write; look at `connector diff` first
region = {region} # country of numbers that are written without a calling code
calling_codes = {calling_codes} # calling codes that staff type without a plus
timezone = {timezone} # of the restaurant: schedules and reports
# max_reading_age = "10m" # a write rests on a reading no older than this
# without_phone = "skip" # or "anonymous", which needs the app keys below
# mapping = "mappings/customer.toml" # left out: the mapping that comes with the connector

[pairs.{pair}.every] # how often the daemon runs
quick = "5m" # the newest changes of Clopos
checkandplace = "15m" # the whole listing of Check&Place
full = "04:30" # everything, at this time of day; or an interval such as "24h"

# [pairs.{pair}.guard] # plans that change more than this are refused until you approve them
# updates_percent = 20 # of the links, and
# updates_count = 50 # more than so many
# creates_percent = 10 # of the side's records, and
# creates_count = 50 # more than so many

# [pairs.{pair}.select] # who is created on the other side; links live on outside it
# inactive = false
# blacklisted = false
# permit_refused = false

[pairs.{pair}.clopos]
api = {api} # "v2", or "v1" for an older agreement
base_url = {clopos_url}
client_id = "env:CLOPOS_CLIENT_ID" # back office, Add-ons, Open API
client_secret = "env:CLOPOS_CLIENT_SECRET" # shown there once, with the client id
brand = {brand} # exactly as Clopos knows it; never change it later
{integrator}
{venue} # where new customers go
# read_venues = [1] # left out: the venue of the credentials
# naive_timezone = {timezone} # of times without a zone; left out: the pair's
create = true # new guests of Check&Place may be created in Clopos

[pairs.{pair}.checkandplace]
base_url = {checkandplace_url}
access_token = "env:CHECKANDPLACE_ACCESS_TOKEN" # one token is one store
timezone = {checkandplace_timezone} # of this store's times, which carry none
create = true # new customers of Clopos may be created in Check&Place
update = true # changes of Clopos may be written to Check&Place
write_email = false # e-mail addresses; not documented by Check&Place, so tried only if you say so
# last_name_placeholder = "-" # for guests with one name only, if Check&Place insists on two

# Additions of the app API; leave them out if you have none of these.
# authorization = "env:CHECKANDPLACE_AUTHORIZATION" # sent as it stands, perhaps in the form "Token ..."
# employee_token = "env:CHECKANDPLACE_EMPLOYEE_TOKEN"
# store_pin_code = "env:CHECKANDPLACE_STORE_PIN_CODE"
# slug_name = "env:CHECKANDPLACE_SLUG_NAME"

# [pairs.{pair}.gender] # what the numbers mean in Check&Place; `connector doctor` proposes the lines
# 1 = "male"
# 2 = "female"

# [pairs.{pair}.types] # customer type of Check&Place = group of Clopos
# "6a1f6c1e-2b7d-4a53-9a0e-0d4b8c5f7e11" = 3
"""
