"""What the review sheet says, in English; `az.py`, `tr.py` and `ru.py` have the same keys (a test compares them).

`evidence.*`: the facts by which records were compared, with their numbers as `{n}`; `why.*`: what decided. The words of
`answer.*` are what staff type: short, different from each other in all four languages, understood whichever the
sheet's language was.
"""

from __future__ import annotations

TEXTS = {
    "title": "Who is who? Please decide",
    "clear": "This sheet shows guests’ personal data: keep it as carefully as the guest list, delete it when done.",
    "how": (
        "Choose in the yellow column: “{same}” for one person, “{different}” for two people, “{later}” or nothing to "
        "decide another time. Rows may be sorted and deleted. Then: connector links accept {file}"
    ),
    "made": "Pair {pair}, made {when}; rows: {n}",
    "tab": "Review",
    "list": "Choose one",
    "list.hint": "{same}: one person. {different}: two people, not asked again. {later}: stays open.",
    "list.wrong": "Please choose one of: {same}, {different}, {later}.",
    "head.group": "No.",
    "head.clopos_id": "Clopos ID",
    "head.clopos_name": "Name in Clopos",
    "head.clopos_phone": "Phone in Clopos",
    "head.clopos_email": "E-mail in Clopos",
    "head.clopos_seen": "Last activity in Clopos",
    "head.checkandplace_id": "Check&Place ID",
    "head.checkandplace_name": "Name in Check&Place",
    "head.checkandplace_phone": "Phone in Check&Place",
    "head.checkandplace_email": "E-mail in Check&Place",
    "head.checkandplace_seen": "Last activity in Check&Place",
    "head.hint": "Our guess",
    "head.why": "Why we ask",
    "head.answer": "Same person?",
    "head.remark": "Remark",
    "answer.same": "same",
    "answer.different": "different",
    "answer.later": "later",
    "visits": "{n} receipt|{n} receipts",
    "unknown": "(cannot be read)",
    "hint.likely": "probably one person",
    "hint.unclear": "hard to say",
    "hint.unlikely": "probably two people",
    "hint.best": "the likeliest of several",
    "hint.others": "one of several",
    "why.phone_and_name": "Same phone number, held by nobody else, and fitting names.",
    "why.email_and_name": "Same e-mail, held by nobody else, and the same name.",
    "why.derived_cid": "Created in Clopos from this guest by the connector.",
    "why.phone_held_by_several": "Same phone number, but several customers of one system share it.",
    "why.phone_but_name_differs": "Same phone number, but the names are not close enough to be sure.",
    "why.email_held_by_several": "Same e-mail, but several customers of one system share it.",
    "why.email_but_name_differs": "Same e-mail, but the names differ.",
    "why.email_but_phones_differ": "Same e-mail and name, but different phone numbers.",
    "why.two_sure_partners": "Fits two customers of the other system equally well: perhaps a double.",
    "why.linked_already": "One of the two is linked to somebody else already.",
    "evidence.same phone": "same phone",
    "evidence.same e-mail": "same e-mail",
    "evidence.phone held by # Clopos records": "{n} customers in Clopos have this number",
    "evidence.phone held by # Check&Place records": "{n} guests in Check&Place have this number",
    "evidence.e-mail held by # Clopos records": "{n} customers in Clopos have this e-mail",
    "evidence.e-mail held by # Check&Place records": "{n} guests in Check&Place have this e-mail",
    "evidence.phones differ": "different phones",
    "evidence.number was another customer's before": "number was another customer’s before",
    "evidence.created from this guest": "created from this guest",
    "evidence.one of them is linked already": "one of them is linked already",
    "evidence.sure with more than one record": "fits more than one customer",
    "evidence.name missing": "a name is missing",
    "evidence.name keys equal": "same name",
    "evidence.names differ": "different names",
    "evidence.given name missing": "the given name is missing",
    "evidence.one name within the other": "one name is within the other",
    "evidence.names equal but for a courtesy": "same name but for a word of courtesy",
    "evidence.same name": "same name",
    "evidence.same name in another spelling": "same name in another spelling",
    "evidence.double family name, one half given": "double family name, one half given",
    "evidence.same family name with another ending": "same family name with another ending",
    "evidence.name one letter apart": "name one letter apart",
    "evidence.name two letters apart": "name two letters apart",
    "evidence.initial fits": "the initial fits",
    "evidence.short form of the name": "short form of the name",
    "evidence.names sound alike": "the names sound alike",
    "evidence.same given name only": "same given name only",
    "evidence.same family name only": "same family name only",
    "evidence.a part of the name differs": "a part of the name differs",
    "evidence.names have nothing in common": "the names have nothing in common",
    "evidence.a name is missing": "a name is missing",
    "evidence.same father's name": "same father’s name",
    "evidence.another father's name": "another father’s name",
}


def plural(number: int) -> int:
    """0 for one, 1 for any other number."""
    return 0 if number == 1 else 1
