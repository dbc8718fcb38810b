"""A settings file for the simulators: what `simulate` prints and the demo uses. Holds demo credentials only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

GENDER_AS_ASSUMED = "1_male_2_female"


def clopos_url(base_url: str, api: str = "v2") -> str:
    """The address of the simulated Clopos, for `clopos.base_url`."""
    return f"{base_url}/open-api/v2" if api == "v2" else f"{base_url}/open-api"


def settings_text(
    base_url: str, credentials: Mapping[str, Mapping[str, Any]], words: Mapping[str, Mapping[str, str]], *,
    state_url: str = "sqlite:///connector.db", pair: str = "demo", api: str = "v2",
) -> str:  # fmt: skip
    """A whole `connector.toml` for one pair over the simulators at `base_url`.

    `credentials` and `words` (the switches) are the world's. Zones and the gender map say what the simulator was told
    to do, as a restaurant would have found out about its own store (CP-07, CP-13).
    """
    clopos, guests = credentials["clopos"], credentials["checkandplace"]
    lines = [
        "[state]", f"url = {_toml(state_url)}", "",
        f"[pairs.{pair}]", 'mode = "live"', 'region = "AZ"', 'calling_codes = ["994", "90"]', 'timezone = "Asia/Baku"',
        "",
        f"[pairs.{pair}.clopos]", f"api = {_toml(api)}", f"base_url = {_toml(clopos_url(base_url, api))}",
        *(f"{key} = {_toml(clopos[key])}" for key in ("client_id", "client_secret", "brand")),
        *([f"integrator_id = {_toml(clopos['integrator_id'])}"] if api == "v2" else []),
        f"venue_id = {_toml(clopos['venue_id'])}", f"read_venues = {_toml(clopos['read_venues'])}", "",
        f"[pairs.{pair}.checkandplace]", f"base_url = {_toml(base_url)}",
        f"access_token = {_toml(guests['access_token'])}",
        f"timezone = {_toml(words['checkandplace']['store_zone'])}",
    ]  # fmt: skip
    if words["checkandplace"]["gender_map"] == GENDER_AS_ASSUMED:
        lines += ["", f"[pairs.{pair}.gender]", '1 = "male"', '2 = "female"']
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """TOML writes strings, numbers and arrays of these as JSON does."""
    return json.dumps(value, ensure_ascii=False)
