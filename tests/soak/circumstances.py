"""What a history may find: servers that fit any alternative of the assumption register, and settings that fit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.engine.cases import FREE, Case, all_cases

SMALL_PAGES = {"clopos_table": "page_size = 4\n", "checkandplace_table": "per_page = 4\n"}
"""A few people make several pages."""
EMAILS = "write_email = true\n"
GUARD = "[pairs.main.guard]\nmissing_percent = 100\n"
"""In a town of ten, one absence is a tenth."""

NOT_HERE = {
    "CP-20.patch=full_replace": "updates stop by design, so edits wait: `tests/engine/special.py`",
    "CP-31.customer_scope=organisation": "about two pairs",
    "CP-41.object_shape=small": "shows no number: nothing can be compared",
}
"""Cases of the register that are no matter of histories, and why. Cases that stop a run by name are left out too."""


@dataclass(frozen=True)
class Circumstances:
    """Switches and settings of one history. `words`: their names, for people."""

    words: str = ""
    switches: Mapping[str, str] = field(default_factory=dict)
    case: Case = field(default_factory=Case)
    emails: bool = False

    def options(self) -> dict[str, Any]:
        """The options of a bench."""
        case = self.case
        emails = EMAILS if self.emails and "api" not in case.checkandplace else ""
        return {
            "switches": {**self.switches, **case.switches}, "api": case.api, "replace": case.replace,
            "pair": case.pair + "\n" + GUARD, "limits": bool(case.switches),
            "clopos_table": SMALL_PAGES["clopos_table"] if "page_size" not in case.clopos else "",
            "checkandplace_table": SMALL_PAGES["checkandplace_table"] + emails,
        } | _added(case)  # fmt: skip


def _added(case: Case) -> dict[str, str]:
    """The tables of a case beside those of every history."""
    added = {}
    if case.clopos:
        added["clopos_table"] = case.clopos + ("" if "page_size" in case.clopos else "\n" + SMALL_PAGES["clopos_table"])
    if case.checkandplace:
        added["checkandplace_table"] = case.checkandplace + "\n" + SMALL_PAGES["checkandplace_table"]
    return added


ORDINARY = Circumstances()


def _possible() -> tuple[list[Circumstances], dict[str, list[str]]]:
    """(one for each alternative that no run stops at, the words of switches that need no settings of their own)."""
    whole: list[Circumstances] = []
    plain: dict[str, list[str]] = {}
    for label, switches, case in all_cases():
        name = label.split(" ")[-1] if " (ours)" in label else label
        if case.stop is not None or case.check is not None or label in NOT_HERE or name in FREE:
            continue
        whole.append(Circumstances(label, switches, case))
        bare = not (case.pair or case.clopos or case.checkandplace or case.replace or case.switches or case.api != "v2")
        if bare and len(switches) == 1:
            ((switch, word),) = switches.items()
            plain.setdefault(switch, []).append(word)
    return whole, plain


REGISTER, PLAIN = _possible()


def combined(main: Circumstances, more: Sequence[tuple[str, int]], *, emails: bool) -> Circumstances:
    """One alternative with its settings, and others that need none: (switch, number of its word). A server that knows
    one generation alone is none of the others' circumstances where the other generation is spoken."""
    extra = {
        name: PLAIN[name][place % len(PLAIN[name])]
        for name, place in more if name != "clopos.generation" or main.case.api == "v2"
    }  # fmt: skip
    words = [main.words, *(f"{name}={word}" for name, word in extra.items() if name not in main.switches)]
    return Circumstances(", ".join(filter(None, words)), {**extra, **main.switches}, main.case, emails)
