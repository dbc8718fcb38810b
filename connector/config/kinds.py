"""The kinds of values that settings have: each reads what stands in the file, or refuses it in words."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from connector.config.home import expanded
from connector.config.words import bad, shown, suggestion, wrong_type


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(value, 'write text in quotes, such as "..."')
    if not value.strip():
        raise bad("the text is empty", "write the value, or leave the key out if it is not needed")
    return value.strip()


Text = Annotated[str, BeforeValidator(_text)]


def _plain(value: str) -> str:
    if value.partition(":")[0] in ("env", "file", "cmd"):
        raise bad(f'{shown(value)} is a reference, and this is no secret', "write the value itself, or set it by the "
                  "environment variable of this key (CONNECTOR__PAIRS__...)")  # fmt: skip
    return value


PlainText = Annotated[Text, AfterValidator(_plain)]


_PAIR_NAME = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")


def _pair_name(value: str) -> str:
    if not _PAIR_NAME.fullmatch(value):
        raise bad(
            f"{shown(value)} is no name for a pair", "write letters a to z and digits, with single - or _ between them"
        )
    return value


PairName = Annotated[Text, AfterValidator(_pair_name)]


def _gender_word(value: Any) -> str:
    instead = 'write "male" or "female"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    if value not in ("male", "female"):
        raise bad(f'{shown(value)} is neither "male" nor "female"', instead)
    return value


GenderWord = Annotated[str, BeforeValidator(_gender_word)]


def _identifier(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong_type(value, 'write the id, such as 1 or "1"')
    return _text(str(value))


Identifier = Annotated[str, BeforeValidator(_identifier)]
"""An id of a server: a whole number or text in the file, text for us."""


@lru_cache(1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def _zone(value: str) -> str:
    if value not in _zones():
        close = suggestion(value, _zones())
        raise bad(
            f"{shown(value)} is no time zone", f'write "{close}"' if close else 'write a name such as "Asia/Baku"'
        )
    return value


Zone = Annotated[Text, AfterValidator(_zone)]


def _region(value: str) -> str:
    region = value.upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise bad(f"{shown(value)} is no country with telephone numbers", 'write its two letters, such as "AZ" or "TR"')
    return region


Region = Annotated[Text, AfterValidator(_region)]


def _calling_code(value: Any) -> str:
    instead = 'write digits in quotes, such as "994"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    code = value.strip().removeprefix("+")
    digits = code.isascii() and code.isdecimal() and not code.startswith("0")  # "00994" is how it is dialled
    known = digits and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    if not known:
        raise bad(f"{shown(value)} is no calling code of a country", instead)
    return code


CallingCode = Annotated[str, BeforeValidator(_calling_code)]


def _existing_file(value: str, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    path = folder / expanded(value)
    try:
        there = path.is_file()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise bad(f"the file {shown(value)} cannot be read ({error.strerror})", "write the path of a readable file",
                  code="config-no-file") from None  # fmt: skip
    if not there:
        raise bad(f"there is no file {path}", "write the path of an existing file, relative to this one",
                  code="config-no-file")  # fmt: skip
    return path


def _mapping_file(value: Any, info: ValidationInfo) -> Path:
    return _existing_file(_text(value), info)


ExistingFile = Annotated[Path, BeforeValidator(_mapping_file)]


def _landmark(value: Any) -> str:
    instead = 'write "clopos:ID" or "checkandplace:ID"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    side, _, name = value.strip().partition(":")
    if side not in ("clopos", "checkandplace") or not name.strip():
        raise bad(f"{shown(value)} names no customer", instead)
    return f"{side}:{name.strip()}"


Landmark = Annotated[str, BeforeValidator(_landmark)]
"""A customer of a side: `clopos:4101`."""

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
