"""`[pairs.NAME]`: one Clopos brand tied to one Check&Place store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from connector.config.base import Table
from connector.config.checkandplace import CheckAndPlaceSettings
from connector.config.clopos import CloposSettings
from connector.config.identity import digest
from connector.config.kinds import CallingCode, Count, ExistingFile, GenderWord, Identifier, Region, Zone
from connector.config.mapping import default_mapping_path
from connector.config.place import Source
from connector.config.secrets import Secret
from connector.config.selection import GuardSettings, SelectSettings
from connector.config.times import Interval, IntervalOrTime, ReadingAge
from connector.config.words import bad
from connector.domain.errors import ConfigError
from connector.domain.select import SelectRules, WithoutPhone
from connector.domain.values import PairRules


class EverySettings(Table):
    """How often the daemon runs. A full run reads both sides whole, a quick one what is new in Clopos."""

    quick: Interval = Field(timedelta(minutes=5), description="Quick run: the newest changes of Clopos.")
    checkandplace: Interval = Field(
        timedelta(minutes=15), description="Listing of Check&Place, whole each time, in the quick run that is due."
    )
    full: IntervalOrTime = Field(
        time(4, 30), description="Full run: a time of day in the pair's zone, or an interval.", examples=['"04:30"']
    )


def _gender_map(value: dict[str, str]) -> dict[str, str]:
    if "0" in value:
        raise bad("0 means unknown in Check&Place", "remove the line", "0")
    for number, word in value.items():
        if not re.fullmatch(r"-?[1-9]\d{0,8}", number, re.ASCII):
            raise bad(f'"{number}" is no number', 'write lines such as 1 = "male"', number)
        if (twin := next((key for key, other in value.items() if other == word), number)) != number:
            raise bad(f'{twin} and {number} both mean "{word}"', "keep one of the two", number)
    return value


class PairSettings(Table):
    """One Clopos brand tied to one Check&Place store."""

    mode: Literal["read-only", "live"] = Field(
        "read-only", description="`read-only` reports what would change; `live` lets `backfill` and `sync` write."
    )
    region: Region = Field(
        description="Country, two letters (ISO 3166), of phone numbers written without a calling code.",
        examples=['"AZ"'],
    )
    calling_codes: tuple[CallingCode, ...] = Field(
        (), strict=False, description="Calling codes that staff type without a plus in Clopos.",
        examples=['["994", "90"]'],
    )  # fmt: skip
    timezone: Zone = Field(
        description="Zone of the restaurant: schedules, reports, and both sides where they name none.",
        examples=['"Asia/Baku"'],
    )
    max_reading_age: ReadingAge = Field(
        timedelta(minutes=10), description="A write rests on a reading that is no older than this."
    )
    keep_plans: Count = Field(
        10, description="How many runs that linked or sent something keep their plan entry by entry, for `runs show "
        "N -o FILE` and `explain`; of older ones the counts stay.",
    )  # fmt: skip
    without_phone: Literal["skip", "anonymous"] = Field(
        "skip",
        description="Clopos customers without a phone: left out, or created in Check&Place as anonymous guests, which "
        "needs the app keys (CP-10).",
    )
    mapping: ExistingFile | None = Field(
        None, description="Mapping file. Left out: the one that comes with the connector.",
        examples=['"mappings/customer.toml"'],
    )  # fmt: skip
    every: EverySettings = Field(default_factory=EverySettings, description="How often the daemon runs.")
    guard: GuardSettings = Field(default_factory=GuardSettings, description="Which plans are refused.")
    select: SelectSettings = Field(default_factory=SelectSettings, description="Which records take part in creates.")
    clopos: CloposSettings = Field(description="The Clopos side.")
    checkandplace: CheckAndPlaceSettings = Field(description="The Check&Place side.")
    gender: Annotated[dict[str, GenderWord], AfterValidator(_gender_map)] = Field(
        default_factory=dict,
        description='Gender numbers of Check&Place, `1 = "male"`; without it gender is not sent (CP-13).',
    )
    types: dict[str, Identifier] = Field(
        default_factory=dict, description="Customer type id of Check&Place = group id of Clopos."
    )

    _name: str = PrivateAttr("")
    _source: Source = PrivateAttr()
    _beside: tuple[str, ...] = PrivateAttr(())

    @property
    def name(self) -> str:
        """NAME of `[pairs.NAME]`."""
        return self._name

    @property
    def file(self) -> Path:
        """The settings file that the pair is in."""
        return self._source.file

    @property
    def beside(self) -> tuple[str, ...]:
        """The names of all pairs of that file."""
        return self._beside

    @property
    def mapping_file(self) -> Path:
        """The mapping file of this pair."""
        return self.mapping or default_mapping_path()

    @property
    def zone(self) -> ZoneInfo:
        """The zone of schedules and reports."""
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _anonymous_needs_app(self) -> Self:
        if self.without_phone == "anonymous" and (missing := self.checkandplace.missing_app_key()):
            raise bad(
                f'"anonymous" needs checkandplace.{missing}',
                f'write {missing} in the table checkandplace of this pair, or "skip"',
                "without_phone",
            )
        return self

    def rules(self) -> PairRules:
        """What the domain needs to know for reading and writing values; zones resolved (CP-07, CL-15)."""
        return PairRules(
            brand=self.clopos.brand,
            region=self.region,
            calling_codes=self.calling_codes,
            clopos_naive_timezone=self.clopos.naive_timezone or self.timezone,
            checkandplace_timezone=self.checkandplace.timezone or self.timezone,
            gender_map=dict(self.gender) or None,
            type_map=dict(self.types) or None,
            last_name_placeholder=self.checkandplace.last_name_placeholder,
            write_email=self.checkandplace.write_email,
            write_clear=self.checkandplace.write_clear,
            clopos_create=self.clopos.create,
            checkandplace_create=self.checkandplace.create,
            checkandplace_update=self.checkandplace.update,
        )

    def select_rules(self) -> SelectRules:
        """Who takes part in creates, as the domain takes it."""
        return SelectRules(without_phone=WithoutPhone(self.without_phone), **self.select.model_dump())

    def fingerprint(self) -> Mapping[str, str]:
        """What may not silently change between runs, key -> digest: another value there is another brand or store."""
        return {
            "clopos.brand": digest("brand", self.clopos.brand),
            "clopos.base_url": digest("base_url", self.clopos.base_url),
            "checkandplace.base_url": digest("base_url", self.checkandplace.base_url),
            "checkandplace.access_token": self.checkandplace.token_digest(),
        }

    def watched(self) -> Mapping[str, str]:
        """What may change, but not unnoticed, key -> digest: another mapping, other credentials (a rotation)."""
        return {
            "mapping": digest("mapping", self.mapping_file.read_text(encoding="utf-8"), repr(self.rules())),
            "clopos.client_id": digest("client_id", self.clopos.client_id.reveal()),
            "clopos.client_secret": digest("client_secret", self.clopos.client_secret.reveal()),
            "checkandplace.access_token": self.checkandplace.token_digest(),
        }

    def secrets(self) -> Mapping[str, Secret]:
        """Every secret that is set, by its key below the pair: `clopos.client_secret`."""
        return {
            f"{side}.{key}": value
            for side, table in (("clopos", self.clopos), ("checkandplace", self.checkandplace))
            for key, value in table
            if isinstance(value, Secret)
        }

    def error(
        self,
        key: str,
        problem: str,
        instead: str,
        code: str = "config-bad-value",
        *,
        next_step: str = "connector doctor",
    ) -> ConfigError:
        """A ConfigError about a key of this pair (`clopos.venue_id`) that shows only at work (CL-29, CP-26)."""
        path = ("pairs", self._name, *key.split("."))
        return self._source.error(path, code, problem, instead, next_step=next_step)
