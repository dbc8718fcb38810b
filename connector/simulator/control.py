"""The control routes: what staff do, switches, faults, log, labels, clock, as JSON under `/control/`.

Bodies and answers are objects; 400 says what is wrong with a request, 404 that a record or route is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connector.simulator.kit import Fault
from connector.simulator.manual import manual
from connector.simulator.people import CHECKANDPLACE, CLOPOS
from connector.simulator.switchboard import describe_switches

if TYPE_CHECKING:
    from connector.simulator.world import World

Body = dict[str, Any]
Action = Callable[["World", Body], object]
"""What an action gives is the answer's object; None stands for `{"ok": true}`."""


class _Missing(Exception):
    """The body lacks a key that the action needs."""


class _Body(Body):
    """A request's object; a key that is not there is the request's fault, unlike a record that is not there."""

    def __missing__(self, key: str) -> Any:
        raise _Missing(key)


def _create(world: World, body: Body) -> object:
    return {"id": world.staff_create(body["side"], body["fields"], body.get("person"))}


def _edit(world: World, body: Body) -> None:
    world.staff_edit(body["side"], body["id"], body["fields"])


def _delete(world: World, body: Body) -> None:
    world.staff_delete(body["side"], body["id"])


def _restore(world: World, body: Body) -> None:
    world.staff_restore(body["id"])


def _merge(world: World, body: Body) -> None:
    world.staff_merge(body["side"], body["winner"], body["loser"], body.get("fields"))


def _sale(world: World, body: Body) -> None:
    world.sale(body["id"], float(body.get("amount", 25)))


def _visit(world: World, body: Body) -> None:
    world.visit(body["id"])


def _consent(world: World, body: Body) -> None:
    world.consent(body["id"], body["channel"], body.get("permit"))


def _identify(world: World, body: Body) -> None:
    world.identify(body["id"], body["first"], body.get("last"), body.get("phone"))


def _switch(world: World, body: Body) -> object:
    for name, word in body.items():
        world.set(name, str(word))
    return world.switchboard.words()


def _fault(world: World, body: Body) -> object:
    world.plan_fault(Fault(**body))
    return _faults(world, {})


def _clock(world: World, body: Body) -> object:
    return {"now": world.shift_clock(float(body["shift"]))}


def _faults(world: World, _body: Body) -> object:
    return {"faults": [asdict(fault) for fault in world.faults.planned]}


def _clear_faults(world: World, _body: Body) -> None:
    world.faults.planned.clear()


def _log(world: World, body: Body) -> object:
    """Query `side` and `after` (a request's number) narrow the log."""
    after, side = int(body.get("after", 0)), body.get("side")
    entries = [entry for entry in world.log.entries[after:] if side in (None, entry.side)]
    return {"requests": [asdict(entry) for entry in entries]}


def _clear_log(world: World, _body: Body) -> None:
    world.log.entries.clear()


def _labels(world: World, _body: Body) -> object:
    sides: dict[str, dict[str, str | None]] = {CLOPOS: {}, CHECKANDPLACE: {}}
    for (side, key), who in world.labels().items():
        sides[side][key] = who
    reasons = {f"{side} {key}": why for (side, key), why in world.why_unlabelled().items()}
    return {**sides, "reasons": reasons, "must_link": sorted(world.must_link())}


def _customers(world: World, body: Body) -> object:
    """Query `side`: only that one."""
    stores: dict[str, Callable[[], list[dict[str, Any]]]] = {
        CLOPOS: world.clopos.dump,
        CHECKANDPLACE: lambda: [asdict(customer) for customer in world.checkandplace.customers.values()],
    }
    wanted = [body["side"]] if "side" in body else list(stores)
    return {side: stores[side]() for side in wanted}


def _help(_world: World, _body: Body) -> object:
    return {"switches": [asdict(row) for row in describe_switches()]}


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", ""): lambda _world, _body: manual(),
    ("POST", "staff/create"): _create,
    ("POST", "staff/edit"): _edit,
    ("POST", "staff/delete"): _delete,
    ("POST", "staff/restore"): _restore,
    ("POST", "staff/merge"): _merge,
    ("POST", "sale"): _sale,
    ("POST", "visit"): _visit,
    ("POST", "consent"): _consent,
    ("POST", "identify"): _identify,
    ("GET", "switches"): lambda world, _body: world.switchboard.words(),
    ("POST", "switches"): _switch,
    ("GET", "switches/help"): _help,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "log"): _log,
    ("DELETE", "log"): _clear_log,
    ("GET", "labels"): _labels,
    ("GET", "customers"): _customers,
    ("GET", "clock"): lambda world, _body: {"now": world.clock.now()},
    ("POST", "clock"): _clock,
    ("GET", "credentials"): lambda world, _body: world.credentials,
}


def control_routes(world: World) -> list[BaseRoute]:
    """Everything below `/control/`."""

    async def answer(request: Request) -> Response:
        action = ACTIONS.get((request.method, request.path_params["action"].rstrip("/")))
        if action is None:
            return JSONResponse({"error": "no such control route; GET /control/ lists them"}, 404)
        try:
            text = await request.body()
            body = json.loads(text) if text else dict(request.query_params)
            if not isinstance(body, dict):
                return JSONResponse({"error": "the body must be a JSON object"}, 400)
            with world.lock:
                result = action(world, _Body(body))
        except _Missing as error:
            return JSONResponse({"error": f"{error.args[0]} is missing"}, 400)
        except KeyError as error:
            return JSONResponse({"error": f"no {error.args[0]}"}, 404)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(result if result is not None else {"ok": True})

    return [Route("/control/{action:path}", answer, methods=["GET", "POST", "DELETE"])]
