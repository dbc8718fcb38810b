"""What the control routes do and take, for whoever plays with a simulator: `GET /control/` answers with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from connector.simulator.checkandplace.customer import CHANNELS, EDITABLE
from connector.simulator.clopos.store import STAFF_FIELDS
from connector.simulator.kit import FAULT_KINDS

SIDE = "clopos or checkandplace"
ID = "a customer's id, from GET /control/customers"
VALUES = f"an object: of Clopos {', '.join(STAFF_FIELDS)}; of Check&Place {', '.join(sorted(EDITABLE))}"


@dataclass(frozen=True, slots=True)
class Control:
    """One route below `/control/`. `takes`: keys of the JSON body (or of the query of a GET) and what each means; those
    in `may` can be left out."""

    method: str
    route: str
    does: str
    takes: dict[str, str] = field(default_factory=dict)
    may: tuple[str, ...] = ()


MANUAL = (
    Control("GET", "", "this list"),
    Control("GET", "customers", "every customer as the server holds it", {"side": SIDE}, ("side",)),
    Control("POST", "staff/create", "staff type a customer in; gives the id",
            {"side": SIDE, "fields": VALUES, "person": "who it is in truth; without it: somebody new"}, ("person",)),
    Control("POST", "staff/edit", "staff change values in the back office", {"side": SIDE, "id": ID, "fields": VALUES}),
    Control("POST", "staff/delete", "staff delete a customer", {"side": SIDE, "id": ID}),
    Control("POST", "staff/restore", "staff take a deletion in Clopos back", {"id": ID}),
    Control("POST", "staff/merge", "staff merge two customers",
            {"side": SIDE, "winner": ID, "loser": ID, "fields": "values that the winner gets then"}, ("fields",)),
    Control("POST", "sale", "a receipt in Clopos", {"id": ID, "amount": "a number; 25 without it"}, ("amount",)),
    Control("POST", "visit", "a guest of Check&Place was here", {"id": ID}),
    Control("POST", "consent", "a guest gives (true), refuses (false) or takes back (null) a permit",
            {"id": ID, "channel": ", ".join(CHANNELS), "permit": "true, false or null"}, ("permit",)),
    Control("POST", "identify", "staff give an anonymous guest a name",
            {"id": ID, "first": "first name", "last": "last name", "phone": "number"}, ("last", "phone")),
    Control("GET", "switches", "how each assumption about the servers is set"),
    Control("GET", "switches/help", "what each switch means, and its words"),
    Control("POST", "switches", "set switches", {"CL-03": "a word of it; as many ids as you like"}, ("CL-03",)),
    Control("GET", "faults", "the faults that are planned"),
    Control("POST", "faults", "plan a fault for coming requests",
            {"side": SIDE, "kind": ", ".join(f"{kind}:NUMBER" if number else kind for kind, number in
                                              FAULT_KINDS.items()),
             "method": "GET, POST, ...; * for any", "path": "a part of the path", "times": "how many requests; 1",
             "after": "let so many through before; 0"}, ("method", "path", "times", "after")),
    Control("DELETE", "faults", "forget the planned faults"),
    Control("GET", "log", "the requests that came in", {"side": SIDE, "after": "skip so many"}, ("side", "after")),
    Control("DELETE", "log", "forget them"),
    Control("GET", "labels", "who is who in truth, which no connector can see"),
    Control("GET", "clock", "the time in the simulated world, in seconds since 1970"),
    Control("POST", "clock", "move it", {"shift": "seconds, to add"}),
    Control("GET", "credentials", "what a connector logs in with"),
)  # fmt: skip


def manual() -> dict[str, object]:
    """The list as JSON types."""
    return {"routes": [{**asdict(one), "route": f"/control/{one.route}", "may": list(one.may)} for one in MANUAL]}
