"""The kinds of values that settings have: each reads the text of the file and says what to write instead.

A refusal is a PydanticCustomError `bad_value` with `problem` and `instead`; `explain` makes the sentence of it.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable
from datetime import time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError


def bad(problem: str, instead: str, key: str | None = None, code: str = "config-bad-value") -> PydanticCustomError:
    """What a validator raises. `key`: the key of the checked table that is at fault, if a table is checked."""
    context = {"problem": problem, "instead": instead, "key": key or "", "code": code}
    return PydanticCustomError("bad_value", "{problem}; {instead}", context)


def wrong_type(value: object, instead: str) -> PydanticCustomError:
    """Not the kind of TOML value that is wanted."""
    return bad(f"this is {type_name(value)}", instead, code="config-wrong-type")


def type_name(value: object) -> str:
    """A TOML type in words."""
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a table"}
    return words.get(type(value), "a date or time")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty text."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_DAY_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def read_duration(text: str) -> timedelta | None:
    """`90s`, `5m`, `1h30m`, `2d`; None for anything else."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def write_duration(duration: timedelta) -> str:
    """The shortest text that `read_duration` reads as this."""
    seconds = duration.total_seconds()
    parts = []
    for sign, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if size != 86400 or seconds > 86400:
            count, seconds = divmod(seconds, size)
            parts += [f"{count:.0f}{sign}"] if count else []
    return "".join(parts + ([f"{seconds:g}s"] if seconds or not parts else []))


def _duration(at_least: str, at_most: str) -> Callable[[Any], timedelta]:
    least, most = read_duration(at_least), read_duration(at_most)
    assert least is not None
    assert most is not None

    def read(value: Any) -> timedelta:
        instead = f'write a time from "{at_least}" to "{at_most}", such as "90s", "5m" or "1h30m"'
        if isinstance(value, timedelta):
            return value
        if not isinstance(value, str):
            raise wrong_type(value, instead)
        duration = read_duration(value.strip())
        if duration is None:
            raise bad(f'"{value}" is no length of time', instead)
        if not least <= duration <= most:
            raise bad(f'"{value}" is too {"short" if duration < least else "long"}', instead)
        return duration

    return read


Interval = Annotated[timedelta, BeforeValidator(_duration("1s", "7d"))]
Timeout = Annotated[timedelta, BeforeValidator(_duration("0.1s", "10m"))]
ReadingAge = Annotated[timedelta, BeforeValidator(_duration("1s", "1h"))]
Overlap = Annotated[timedelta, BeforeValidator(_duration("0s", "5h"))]
Pause = Annotated[timedelta, BeforeValidator(_duration("0s", "1h"))]
Approval = Annotated[timedelta, BeforeValidator(_duration("1m", "7d"))]


def _interval_or_time(value: Any) -> timedelta | time:
    if isinstance(value, timedelta | time):
        return value
    instead = 'write a time of day such as "04:30" or an interval such as "24h"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    if found := _DAY_TIME.fullmatch(value.strip()):
        return time(int(found[1]), int(found[2]))
    duration = read_duration(value.strip())
    if duration is None or not timedelta(seconds=1) <= duration <= timedelta(days=7):
        raise bad(f'"{value}" is no time of day and no interval from "1s" to "7d"', instead)
    return duration


IntervalOrTime = Annotated[timedelta | time, BeforeValidator(_interval_or_time)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(value, 'write text in quotes, such as "..."')
    if not value.strip():
        raise bad("the text is empty", "write the value, or leave the key out if it is not needed")
    return value.strip()


Text = Annotated[str, BeforeValidator(_text)]


def _plain(value: str) -> str:
    if value.partition(":")[0] in ("env", "file", "cmd"):
        raise bad(f'"{value}" is a reference, and this is no secret', "write the value itself, or set it by the "
                  "environment variable of this key (CONNECTOR__PAIRS__...)")  # fmt: skip
    return value


PlainText = Annotated[Text, AfterValidator(_plain)]


_PAIR_NAME = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")


def _pair_name(value: str) -> str:
    if not _PAIR_NAME.fullmatch(value):
        raise bad(
            f'"{value}" is no name for a pair', "write letters a to z and digits, with single - or _ between them"
        )
    return value


PairName = Annotated[Text, AfterValidator(_pair_name)]


def _gender_word(value: Any) -> str:
    instead = 'write "male" or "female"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    if value not in ("male", "female"):
        raise bad(f'"{value}" is neither "male" nor "female"', instead)
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
        raise bad(f'"{value}" is no time zone', f'write "{close}"' if close else 'write a name such as "Asia/Baku"')
    return value


Zone = Annotated[Text, AfterValidator(_zone)]


def _region(value: str) -> str:
    region = value.upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise bad(f'"{value}" is no country with telephone numbers', 'write its two letters, such as "AZ" or "TR"')
    return region


Region = Annotated[Text, AfterValidator(_region)]


def _calling_code(value: Any) -> str:
    instead = 'write digits in quotes, such as "994"'
    if not isinstance(value, str):
        raise wrong_type(value, instead)
    code = value.strip().removeprefix("+")
    known = code.isascii() and code.isdecimal() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    if not known:
        raise bad(f'"{value}" is no calling code of a country', instead)
    return code


CallingCode = Annotated[str, BeforeValidator(_calling_code)]


def loopback(host: str) -> bool:
    """Whether a host name is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise bad("this is no web address", 'write one such as "https://api.example.com"') from None
    # The address itself is not repeated where it may carry a password.
    if parts.username is not None or parts.password is not None:
        raise bad("the address carries a user or password", "write it without, secrets have keys of their own")
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", value):
        raise bad(f'"{value}" is no web address', 'write one such as "https://api.example.com"')
    if parts.scheme == "http" and not loopback(host):
        raise bad(f'"{value}" would send secrets unencrypted', f'write "https://{value.partition("://")[2]}"')
    if parts.query or parts.fragment:
        raise bad(f'"{value}" has a part after the path', "write the address without ? and #")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port is not None else ''}{parts.path.rstrip('/')}"


BaseUrl = Annotated[Text, AfterValidator(_base_url)]


def _route(value: str) -> str:
    if not value.startswith("/") or re.search(r"[\s?#]", value):
        raise bad(f'"{value}" is no path', 'write one such as "/v1/customers"')
    return value


def _route_with_id(value: str) -> str:
    if _route(value).count("{id}") != 1:
        raise bad(f'"{value}" does not say where the id goes', 'write one such as "/v1/customers/{id}"')
    return value


Route = Annotated[Text, AfterValidator(_route)]
RouteWithId = Annotated[Text, AfterValidator(_route_with_id)]


def _existing_file(value: str, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    path = folder / Path(value).expanduser()
    if not path.is_file():
        raise bad(f"there is no file {path}", "write the path of an existing file, relative to this one",
                  code="config-no-file")  # fmt: skip
    return path


def _mapping_file(value: Any, info: ValidationInfo) -> Path:
    return _existing_file(_text(value), info)


ExistingFile = Annotated[Path, BeforeValidator(_mapping_file)]

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
