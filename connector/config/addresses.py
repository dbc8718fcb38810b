"""Web addresses and paths of an API."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from connector.config.kinds import Text
from connector.config.words import bad, shown


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
        raise bad(f"{shown(value)} is no web address", 'write one such as "https://api.example.com"')
    if parts.scheme == "http" and not loopback(host):
        raise bad(f"{shown(value)} would send secrets unencrypted", f'write "https://{value.partition("://")[2]}"')
    if parts.query or parts.fragment:
        raise bad(f"{shown(value)} has a part after the path", "write the address without ? and #")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port is not None else ''}{parts.path.rstrip('/')}"


BaseUrl = Annotated[Text, AfterValidator(_base_url)]


def _route(value: str) -> str:
    if not value.startswith("/") or re.search(r"[\s?#]", value):
        raise bad(f"{shown(value)} is no path", 'write one such as "/v1/customers"')
    return value


def _route_with_id(value: str) -> str:
    if _route(value).count("{id}") != 1:
        raise bad(f"{shown(value)} does not say where the id goes", 'write one such as "/v1/customers/{id}"')
    return value


Route = Annotated[Text, AfterValidator(_route)]
RouteWithId = Annotated[Text, AfterValidator(_route_with_id)]
