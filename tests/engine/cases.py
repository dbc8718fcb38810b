"""What each alternative of the assumption register leads to: all lines of `lines.py`, or a named stop.

A switch that is not named here is met with the default configuration and must let every line hold. `FREE` gives the
words of switches that take any text. `EXPECTED` names what is different, and why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from connector.simulator.switchboard import WITHOUT, describe_switches
from tests.engine import special
from tests.engine.harness import Bench

APP_KEYS = """
authorization = "literal:Token demo-extension-token"
employee_token = "literal:demo-employee-token"
store_pin_code = "literal:0000"
slug_name = "literal:demo-restaurant"
"""
READS_BY_ID = APP_KEYS + "read_by_id = true\n"
APP = READS_BY_ID + 'api = "app"\n'
SMALL_WINDOWS = {"clopos.rate_limit": "on", "clopos.rate_calls": "25", "clopos.rate_window": "10"}
SMALL_WINDOWS_CP = {"checkandplace.rate_limit_requests": "12", "checkandplace.rate_limit_window": "10"}


@dataclass(frozen=True)
class Case:
    """One alternative under one configuration. `stop` is (error code, exit code); `check` runs instead of all lines;
    `must` False: not everybody who must be linked can be seen."""

    why: str = ""
    stop: tuple[str, int] | None = None
    check: Callable[[Bench], Awaitable[None]] | None = None
    must: bool = True
    api: str = "v2"
    pair: str = ""
    clopos: str = ""
    checkandplace: str = ""
    replace: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)


V1 = Case("shows itself on v1 alone", api="v1")
REFUSED = ("auth-refused", 77)
BAD_VENUE = Case(
    "a venue that is not ours is a configuration error (CL-29)", stop=("venue-unknown", 78),
    replace={'venue_id = "1"': 'venue_id = "99"'},
)  # fmt: skip
WRONG_TOKEN = {"demo-access-token": "another-token"}
WRONG_SECRET = {"demo-secret": "another-secret"}

EXPECTED: dict[str, Case] = {
    "2.4 (ours).integrator=disabled": Case("the integrator is switched off", stop=REFUSED),
    "CL-01.generation=v1": Case("only v1 is there", api="v1"),
    "CL-09.customer_scope=venue": Case("every venue is read", clopos='read_venues = ["1", "2"]'),
    "CL-13.test_mode_mismatch=on": Case("test integrator, production brand: 200 with success false", stop=REFUSED),
    "CL-22.idempotency_key=honoured_in_v1": V1,
    "CL-23.permission=no_create": Case("the staff user may not create", stop=("permission-refused", 77)),
    "CL-23.permission=nothing": Case("the staff user may do nothing", stop=("permission-refused", 77)),
    "CL-29.bad_venue=403": BAD_VENUE,
    "CL-29.bad_venue=400": BAD_VENUE,
    "CL-29.bad_venue=ignored": Case("the server ignores the venue", replace={'venue_id = "1"': 'venue_id = "99"'}),
    "CL-30.client_disabled=401": Case("the add-on is switched off", stop=REFUSED),
    "CL-30.client_disabled=403": Case("the add-on is switched off", stop=REFUSED),
    "CL-30.client_disabled=200": Case("the add-on is switched off", stop=REFUSED),
    "CL-31.v1_bad_credentials=400": Case("wrong secret on v1", stop=REFUSED, api="v1", replace=WRONG_SECRET),
    "CL-32.auth_lock=429": Case("wrong secret: no login loop", check=special.one_login_only, replace=WRONG_SECRET),
    "CL-33.v1_paging=offset": Case("v1 ignores `page`: no end can be proved", stop=("paging-ignored", 1), api="v1",
                                   clopos="page_size = 20"),
    "CL-36.search=honoured_in_v1": V1,
    "CL-40.extra_fields=both": V1,
    "CL-21.rate_limit_form=headers": Case("small windows", switches=SMALL_WINDOWS),
    "CL-21.rate_limit_form=retry_after": Case("small windows", switches=SMALL_WINDOWS),
    "CL-21.rate_limit_form=html": Case("small windows", switches=SMALL_WINDOWS),
    "CL-21.rate_limit_form=no_headers": Case("small windows", switches=SMALL_WINDOWS),
    "CL-43.rate_headers=all": Case("small windows", switches=SMALL_WINDOWS),
    "CP-01.list_shape=bare_array": Case("no array key is never an empty list", stop=("answer-shape-unknown", 78)),
    "CP-01.list_shape=data": Case("another array key, configured", checkandplace='paths.list_key = "data"'),
    "CP-10.required=also_last_name_and_type": Case("creates without a type are refused", check=special.refused_creates),
    "CP-17.auth_failure=403": Case("wrong token", stop=("permission-refused", 77), replace=WRONG_TOKEN),
    "CP-18.rate_limit=retry_after": Case("small windows", switches=SMALL_WINDOWS_CP),
    "CP-18.rate_limit=bare_429": Case("small windows", switches=SMALL_WINDOWS_CP),
    "CP-20.patch=full_replace": Case("the probe finds out and puts back", check=special.patch_replaces),
    "CP-31.customer_scope=organisation": Case("two tokens, one list of ids", check=special.two_pairs_one_store),
    "CP-33.slug_required=no": Case("app keys without the slug", checkandplace=READS_BY_ID),
    "CP-34.authorization_form=token_only": Case("`Token x` as configured", checkandplace=READS_BY_ID),
    "CP-34.authorization_form=bare_only": Case("a bare key is wanted", stop=REFUSED, checkandplace=APP),
    "CP-36.token_revoked=20": Case("the token dies in the middle", stop=REFUSED),
    "CP-38.drop_underscore_headers=on": Case("a proxy drops headers with underscores", stop=REFUSED, checkandplace=APP),
    "CP-43.app_customers=wrapped": Case("wrapped bodies, configured", checkandplace=APP + "wrap_app_body = true\n"),
    "CP-43.app_customers=off": Case("(a) serves no customers", checkandplace=READS_BY_ID, check=special.no_app_show),
    "CP-44.get_by_id=405": Case("reading by id goes through (a)", checkandplace=READS_BY_ID),
    "CP-50.anonymous_empty=422": Case("anonymous creates carry a nickname", checkandplace=READS_BY_ID,
                                      pair='without_phone = "anonymous"'),
    "CP-46.placeholder_language=turkish": Case("anonymous creates", checkandplace=READS_BY_ID,
                                               pair='without_phone = "anonymous"'),
    "CP-51.paging=ignored": Case("every page is the first", stop=("paging-ignored", 1)),
}  # fmt: skip

FREE: dict[str, tuple[str, ...]] = {
    "CL-21 (ours).rate_calls": (), "CL-21 (ours).rate_auth": (), "CL-21 (ours).rate_failed": (),
    "CL-21 (ours).rate_v1": (), "CL-21 (ours).rate_v1_hour": (), "CL-21 (ours).rate_window": (),
    "CL-16 (ours).insert_during_scan_rows": (), "CP-18 (ours).rate_limit_requests": (),
    "CP-18 (ours).rate_limit_window": (), "CP-43 (ours).types_path": (),
}  # fmt: skip
"""Numbers of other switches' windows, set by the cases above."""

NOT_SWITCHED = WITHOUT
"""Register entries without a switch, with the reason the simulators give."""


def all_cases() -> list[tuple[str, dict[str, str], Case]]:
    """(label, switches, case) for every alternative of every switch of the register, and the defaults themselves."""
    cases: list[tuple[str, dict[str, str], Case]] = [("default", {}, Case()), ("default v1", {}, V1),
                                                     ("default app", {}, Case(checkandplace=APP))]  # fmt: skip
    for row in describe_switches():
        named = f"{row.id}.{row.name}={row.default}" in EXPECTED
        words = (row.default, *row.alternatives) if named else row.alternatives
        for word in words:
            label = f"{row.id}.{row.name}={word}"
            case = EXPECTED.get(label, Case())
            cases.append((label, {f"{row.side}.{row.name}": word, **case.switches}, case))
    return cases
