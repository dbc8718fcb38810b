"""`POST /customers`: checks, uniqueness, faults (docs/api/clopos.md 3.3; CL-05, CL-06, CL-20, CL-22, CL-46, CL-47)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from connector.simulator.clopos.problems import Problem, as_list, as_string, gateway, invalid
from connector.simulator.clopos.render import Renderer
from connector.simulator.clopos.store import CloposStore
from connector.simulator.wire import Call, Reply

WRITABLE = ("name", "email", "phone", "code", "cid", "description", "group_id", "gender", "date_of_birth")
UNIQUE = ("phone", "code", "cid")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Creating:
    """Answers creates."""

    def __init__(self, store: CloposStore, renderer: Renderer) -> None:
        self.store, self.switches, self.renderer = store, store.switches, renderer
        self.struck: set[str] = set()
        self.replies: dict[str, Reply] = {}

    def create(self, call: Call, generation: str, venue_id: int) -> Reply | Problem:
        """The customer made, or the 400, 409, 422, 504, or a dropped connection."""
        key = call.headers.get("idempotency-key")
        remembered = generation == "v1" and self.switches["idempotency_key"] == "honoured_in_v1"
        if remembered and key in self.replies:
            return self.replies[key]
        body = call.json()
        if not isinstance(body, dict):
            return invalid(self.switches, "body", "The request body must be a JSON object.")
        if problem := self._invalid(body):
            return problem
        values = {name: _blank_to_none(body[name]) for name in WRITABLE if name in body}
        values = {name: value for name, value in values.items() if value is not None}
        if (reply := self._clash(values)) is not None:
            return reply
        fault = self._fault(body)
        if fault == "504":
            return gateway(504, self.switches)
        customer = self.store.create(values, venue_id)
        with_group = "group_id" in values and (generation == "v1" or self.switches["create_group"] == "both")
        row = self.renderer.customer(customer, generation, frozenset({"group"} if with_group else ()))
        reply = self.renderer.single(int(self.switches["create_status"]), row)
        if remembered and key:
            self.replies[key] = reply
        if fault == "commit_504":
            return gateway(504, self.switches)
        if fault == "commit_drop":
            return Reply(0, drop=True)
        return reply

    def _invalid(self, body: Mapping[str, Any]) -> Problem | None:
        """The first check that fails (CL-20); unknown attributes by CL-47."""
        name = body.get("name")
        if name is None or (isinstance(name, str) and not name.strip()):
            return invalid(self.switches, "name", "The name field is required.")
        unknown = sorted(set(body) - set(WRITABLE))
        if unknown and self.switches["unknown_fields"] == "400":
            return invalid(self.switches, unknown[0], f"The {unknown[0]} field is not allowed.")
        for attribute in ("name", "email", "phone", "code", "description"):
            if not isinstance(body.get(attribute, ""), str | None):
                return invalid(self.switches, attribute, f"The {attribute} must be a string.")
        if self.switches["validation"] == "name_only":
            return self._unstorable(body)
        return self._badly_formed(body)

    def _badly_formed(self, body: Mapping[str, Any]) -> Problem | None:
        gender, birth, cid, group = (body.get(name) for name in ("gender", "date_of_birth", "cid", "group_id"))
        if gender is not None and not _is_int(gender):
            return invalid(self.switches, "gender", "The gender must be an integer.")
        if gender not in (None, 1, 2):
            return invalid(self.switches, "gender", "The selected gender is invalid.")
        if birth not in (None, "") and not _is_day(birth):
            return invalid(self.switches, "date_of_birth", "The date of birth does not match the format Y-m-d.")
        if cid not in (None, "") and not _is_uuid(cid):
            return invalid(self.switches, "cid", "The cid must be a valid UUID.")
        if group is not None and (not _is_int(group) or group not in self.store.groups):
            return invalid(self.switches, "group_id", "The selected group id is invalid.")
        return None

    def _unstorable(self, body: Mapping[str, Any]) -> Problem | None:
        """What no database column takes, even where only the name is checked."""
        for attribute, kind in (("gender", int), ("group_id", int), ("cid", str), ("date_of_birth", str)):
            if not isinstance(body.get(attribute), kind | None):
                return invalid(self.switches, attribute, f"The {attribute} field is invalid.")
        return None

    def _clash(self, values: Mapping[str, Any]) -> Reply | Problem | None:
        """The first unique value that is held: phone, code, cid, in that order; the holder is not named (CL-06)."""
        for attribute in UNIQUE:
            if attribute in values and self.store.holder(attribute, values[attribute]) is not None:
                return self._duplicate(attribute)
        return None

    def _duplicate(self, attribute: str) -> Reply | Problem:
        form = self.switches["duplicate_form"]
        if form == "400_sentence":
            return as_string(Problem(400, f"The {attribute} has already been taken.", "Validation failed"))
        words = "phone number" if attribute == "phone" else attribute
        problem = Problem(
            422 if form == "422" else 409,
            f"duplicate_{attribute}",
            f"Customer with this {words} already exists",
            "ConflictHttpException",
            details={"parameter": attribute},
        )
        return as_list(problem) if form == "list" else problem

    def _fault(self, body: Mapping[str, Any]) -> str:
        """The fault that strikes this create (CL-05)."""
        fault = self.switches["create_fault"]
        mark = str(body.get("cid") or json.dumps(body, sort_keys=True))
        if fault == "none" or (self.switches["create_fault_strikes"] == "once" and mark in self.struck):
            return "none"
        self.struck.add(mark)
        return fault


def _blank_to_none(value: Any) -> Any:
    """Empty strings are stored as null (CL-20)."""
    return None if value == "" else value


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(uuid.UUID(value))
    except ValueError:
        return False
