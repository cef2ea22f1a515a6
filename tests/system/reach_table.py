"""Who reaches whose: written by hand. rights_cases.py has which role may call what; here is what every parameter names, and where in
the tree of units the asker may have it. A parameter or a placeholder of a route that is in none of these tables fails.
reach_cases.py tries all of it; tools/rights-table writes it into docs/rights.md."""
from rights_cases import METHODS, ROUTES, SEATS

BELOW, OWN, NOWHERE, ALL = {"own", "child"}, {"own"}, set(), {"own", "child", "sibling", "parent"}
PLACES = ["own", "child", "sibling", "parent"]

# What a parameter names. Those of one method first: "method.parameter".
PARAMETERS = {
    "unit": "unit", "units": "unit", "parent": "unit", "person": "person", "terminal": "terminal", "terminals": "terminal",
    "camera": "camera", "ticket": "ticket", "rollcall": "rollcall", "visit": "visit", "subject": "subject", "visitors": "visitor", "visitor": "visitor",
    "session": "recording", "hold": "hold", "request": "request", "purge": "purge", "review": "review", "draw": "draw",
    "remark": "remark", "derivative": "derivative", "redaction": "redaction", "plan": "plan", "source": "source", "post": "post",
    "spotcheck": "spotcheck", "photo": "photo", "lesson": "lesson", "pair": "pair", "other": "unit", "shift": "shift", "report": "report",
    "reports.save.units": None,  # a sentence
    "case": "case", "platform": "platform",
    **{f"emergency.{name}.plan": "emergency" for name in ("open", "save-plan", "delete-plan")}, "cases.act.request": None,
    "archive.list.review": None, "archive.list.person": None, "people.end-session.session": None,
    "spotchecks.outcome.photo": None,  # has to be of the very person who was drawn
    "media.publish.visit": "watched", "media.watch.visit": "watched",
    "media.answer.visit": "watched", "media.close.visit": "watched", "media.size.visit": "watched",
}
# Names nothing that belongs to anybody.
PLAIN = set("""
    after_s answer apply areas at_ms before before_ms by cause class client clock_s closed code composite confirm consent days disabled
    display due draft edits errors factor file filter for_all from_ms height held here id kind language layout limit mid min_missing_s
    mine minutes muted name name_en note off offset order password place preset privileged_reason reason recipient recorded
    recording_class refresh role sdp seconds shared slot sort starts_ms state text text_en text_zh tier tiles to to_ms transport until_before_ms
    until_ms url user verdict version visible what width number officer pictures task type sources signer address host onvif profile pan tilt
    zoom item weighting n outcome weights excluded search opens_ms
    from until leader members repeat line title good problems orders passed inspectors kinds who at below upto after period quarter
title teacher planned_ms checks check office passed on month purpose
    response in_time lasting covered may
    action result all tiers sentence callback datum lat lon
""".split())
# Shown elsewhere, by this case: what it is about comes and goes with a live session.
ELSEWHERE = {
    "call": "rollcall_cases.py: another terminal's call is not there",
    "room": "test-rooms.c: who is neither above nor invited sees nothing",
    "object": "case_cases.py: map.place", "people": "case_cases.py: a plan", "cameras": "case_cases.py: a plan",
}

# In whose part of the tree: the asker's own unit and below, but for these.
REACH = {
    ("ticket", "office"): OWN, ("ticket", "terminal"): OWN,  # what was sent to that very unit
    ("plan", "inspector"): NOWHERE,                            # one's own alone are changed; see LISTS for those shared in the unit
    ("request", "officer"): BELOW, ("export", "officer"): NOWHERE,  # who asked for it, alone
}
# A wish to see only a part: what is out of reach is left out, not refused.
FILTERS = {"archive.list.unit", "archive.observed.unit", "archive.purge-plan.unit", "archive.exports.session", "archive.derivatives.session", "photos.list.subject"}
# Refused with another word: a visitor who is not on the subject's list, there or not; a ticket to one's own unit.
INSTEAD = {**{("visits.create.visitors", place): "bad-params" for place in ("sibling", "parent")},
           ("tickets.create.units", "own"): "bad-params"}
# What is named beside has to belong to it: reached together.
TOGETHER = {"posts.end", "rollcall.excuse", "rollcall.turn", "rollcall.again", "rollcall.talk", "visits.create", "lessons.show", "lessons.again"}
# By role and method, where it is another than that of the subject.
SPECIAL = {
    "people.sessions.person": {"administrator": BELOW, "security": BELOW, "*": NOWHERE},
    "archive.export.redaction": {"officer": OWN},  # of the recording that is named
    "archive.derivative-cancel.derivative": {"*": NOWHERE},
    "units.move.unit": {"administrator": {"child"}},  # its old place, too, has to be the asker's
    "people.end-session.person": {"administrator": BELOW, "security": BELOW, "*": NOWHERE},
}
# What a list has of them.
LISTS = {
    "units.list": "unit", "people.list": "person", "terminals.list": "terminal", "cameras.list": "camera", "visits.list": "visit",
    "visits.choices": "subject", "archive.list": "recording", "archive.holds": "hold", "archive.requests": "request",
    "archive.purges": "purge", "archive.exports": "export", "archive.reviews": "review", "archive.draws": "draw",
    "archive.remarks": "remark", "archive.derivatives": "derivative", "archive.observed": "recording", "tickets.list": "ticket",
    "rollcall.list": "rollcall", "lessons.list": "lesson", "lessons.mine": None, "units.pairs": "pair", "spotchecks.list": "spotcheck", "photos.list": "photo", "duty.now": "shift", "reports.list": "report", "supervisees.list": "subject", "rollcall.choices": "unit", "wall.sources": "camera", "wall.plans": "plan",
    "cases.list": "case", "map.get": "unit", "platforms.list": "platform", "emergency.plans": "emergency",
    "emergency.choices": "person", "rooms.list": None,
    "tickets.choices": "unit", "tickets.tasks": None,
}
# Placeholders of routes; None: a part of what is before it.
PLACEHOLDERS = {
    "session": "recording", "snapshot": "snapshot", "export": "export", "derivative": "derivative", "purge": "purge", "ticket": "ticket",
    "lesson": "lesson", "check": None, "office": None,
    "rollcall": "rollcall", "camera": "camera", "photo": "photo", "subject": "subject", "report": "report",
    "file": None, "picture": None, "number": None, "level": None, "a": None, "b": None, "c": None, "d": None,
    "party": None, "resource": None, "z": None, "x": None, "y": None,
}
# These go by what one holds: a token's session (whip_cases.py), a link (spotcheck_cases.py).
BY_TOKEN = ("/whip/", "/whep/", "/api/v1/photo/", "/api/v1/alarms")


def subject_of(method, parameter):
    """None: it names nothing. Fails for what is not listed."""
    full = f"{method}.{parameter}"
    if full in PARAMETERS or parameter in PARAMETERS:
        return PARAMETERS.get(full, PARAMETERS.get(parameter))
    assert parameter in PLAIN or parameter in ELSEWHERE, \
        f"{full}: what does it name? Put it into PARAMETERS, PLAIN or ELSEWHERE of tests/system/reach_table.py"
    return None


def reach(method, parameter, subject, role):
    special = SPECIAL.get(f"{method}.{parameter}")
    if special:
        return special.get(role, special.get("*"))
    return REACH.get((subject, role), BELOW)


def words(places):
    return {frozenset(BELOW): "own and below", frozenset(OWN): "own", frozenset(): "none", frozenset(ALL): "all", frozenset({"child"}): "below"}[frozenset(places)]


def roles(seats, whole=frozenset(SEATS)):
    return "everybody" if set(whole) <= set(seats) else ", ".join(seat for seat in SEATS if seat in seats) or "by token"


def about(method, names):
    """"visit: own and below; unit (filter)" ..."""
    parts = {}
    for name in names:
        subject = subject_of(method, name)
        if subject is None:
            if name in ELSEWHERE:
                parts[name] = "one's own"
            continue
        if f"{method}.{name}" in FILTERS:
            parts[f"{name} (filter)"] = "own and below"
            continue
        by_reach = {}
        for role in SEATS:
            if role in METHODS[method]:
                by_reach.setdefault(words(reach(method, name, subject, role)), []).append(role)
        if len(by_reach) == 1:
            parts[name] = next(iter(by_reach))
        else:
            parts[name] = ", ".join(f"{where} ({', '.join(who)})" for where, who in by_reach.items())
    return "; ".join(f"{name}: {where}" for name, where in parts.items())


HEAD = """# Rights

Written by `tools/rights-table` from the gateway's own table of methods and routes and from `tests/system/rights_cases.py` and `reach_table.py`;
`tests/system/run /dev/null rights` tries every line of it on a running gateway, from every role, with something of the asker's own unit, of one
below, of one beside and of the one above. What is not the asker's is not there: `not-found`, in a list nothing at all. A method, a
route or a parameter that has no line here fails that test.

Roles are held in a unit (`posts`), and reach it and all below. `none`: only what one made oneself. `filter`: what is out of reach is left out.

"""


def to_markdown(document):
    lines = [HEAD + "## Methods", "", "| method | who | whose |", "|--|--|--|"]
    for row in sorted(document["methods"], key=lambda row: row["name"]):
        name = row["name"]
        lines.append(f"| `{name}` | {roles(METHODS[name])} | {about(name, [one['name'] for one in row['params']])} |")
    lines += ["", "## Routes", "", "| route | who |", "|--|--|"]
    for row in sorted(document["x-routes"], key=lambda row: (row["pattern"], row["verb"])):
        who = ROUTES[row["verb"], row["pattern"]]
        everybody = {"none", *SEATS} <= who
        text = "everybody, also without signing in" if everybody else \
            ", ".join([*(["a token"] if "token" in who else []), *[seat for seat in SEATS if seat in who]])
        lines.append(f"| `{row['verb']} {row['pattern']}` | {text} |")
    return "\n".join(lines) + "\n"
