"""Whose it is: every method and every route, from every role, with something of the asker's own unit, of one below, beside and above.
What is expected stands in reach_table.py. The things are put into the index of a gateway that is not running: only the way to them is
tried here, what they do has its own cases."""
import contextlib
import hashlib
import itertools
import json
import pathlib
import sqlite3
import time

from house import Node, ask
from reach_table import BELOW, BY_TOKEN, ELSEWHERE, FILTERS, INSTEAD, LISTS, PLACEHOLDERS, PLACES, REACH, TOGETHER, reach, subject_of, to_markdown
from rights_cases import METHODS, ROUTES, SEATS
from ticket_cases import png
from wire import CallError, WebSocket

UNITS = {"own": "demo-county-1", "child": "demo-office-1", "sibling": "demo-county-2", "parent": "demo-city"}
DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/rights.md"
# A family's device is of one visit, and names nothing. Who takes things away comes last.
ROLES = sorted((seat for seat in SEATS if seat != "family"), key=lambda seat: seat == "administrator")
MISSES = 20  # after 30 a minute the asker has to wait: then somebody else asks
N_ASKERS = 14
SHA = hashlib.sha256(b"x").hexdigest()
# Of the same kind beside what is tried: good enough to get as far as the question whose it is.
BESIDE = {
    "name": "x", "display": "x", "role": "office", "tier": "office", "password": "a long enough one", "url": "rtsp://127.0.0.1:9/",
    "reason": "x", "to": "*", "sdp": "v=0\r\n", "language": "en", "due": "2030-01-01", "from": "2030-01-01T08:00", "until": "2030-01-01T20:00", "period": "2020-02", "quarter": "2020-Q1", "type": "files", "class": "x", "days": 3,
    "edits": [{"what": "mute", "from_ms": 0, "to_ms": 10}], "sources": ["camera:none"], "clock_s": 5, "to_ms": 20, "post": "none",
}
MORE = {"reports.set-weights": {"quarter": "2099-Q1", "response": 25, "in_time": 25, "lasting": 25, "covered": 25},
        "duty.add": {"leader": "asker-inspector-0", "members": []}, "duty.assign": {"leader": "asker-inspector-0", "members": []},
        "reports.coverage": {"until_ms": 1 << 42}, "reports.events": {"until_ms": 1 << 42},
        "archive.retention": {"until_ms": 1 << 42}, "terminals.policy": {"kind": "talk", "answer": "ask"}, "visits.warn": {"preset": "permitted-topics"},
        "tickets.create": {"type": "files", "units": [UNITS["child"]]}, "visits.end": {"cause": "completed", "confirm": True},
        "archive.viewed": {"to_ms": 20}, "units.move": {"unit": UNITS["child"]}}
LAST = ["cases.close", "platforms.revoke", "emergency.delete-plan", "visits.end", "rollcall.end", "lessons.sign", "wall.close", "cameras.remove"]
# What is behind it is not made here: that it is there for who may have it is shown elsewhere.
NOT_MADE = {"/api/v1/rollcalls/{rollcall}/pictures/{number}", "/api/v1/rollcalls/{rollcall}/sheet", "/api/v1/derivatives/{derivative}",
            "/api/v1/tickets/{ticket}/pictures/{picture}", "/api/v1/photos/{photo}/picture", "/api/v1/lessons/{lesson}/pictures/{check}/{office}"}
AS_JPEG = {"/api/v1/supervisees/{subject}/picture"}
JPEG = bytes.fromhex("ffd8fffe0fff") + bytes(0xffd) + bytes.fromhex("ffc0000b080001000101011100ffda0008010100003f0000ffd9")
BAD_ANYWAY = {("bad-params", "units.pair")}  # with itself
QUERIES = {"/api/v1/archive/{session}/snapshots": "?at_ms=1"}
# Not asked for a list's sake: they change what the others need.
NOT_FOR_LISTS = {"wall.close", "wall.hush", "second-factor.begin", "party.leave"}


def name_of(subject, place):
    if subject == "unit":
        return UNITS[place]
    if subject == "source":
        return f"camera:camera-zz{place}"
    return f"{subject}-zz{place}"


def session_of(role, place):
    return hashlib.sha256(f"{role} {place}".encode()).hexdigest()


def insert(base, table, **row):
    marks = ", ".join("?" * len(row))
    base.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def insert_people(base, place, unit, now):
    insert(base, "person", id=f"person-zz{place}", name=f"zz{place}", display=f"zz{place}", unit=unit, role="office")
    insert(base, "post", id=f"post-zz{place}", person=f"person-zz{place}", unit=unit, role="inspector", from_ms=0, until_ms=0)
    for role in ("administrator", "security"):  # each signs him out of one
        insert(base, "token", hash=session_of(role, place), seat="console", owner=f"person-zz{place}", made_ms=now, used_ms=now,
               expires_ms=now + 3600000)
    insert(base, "terminal", id=f"terminal-zz{place}", name=f"zz{place}", unit=unit)
    insert(base, "camera", id=f"camera-zz{place}", name=f"zz{place}", unit=unit, url=BESIDE["url"], transport="tcp")
    insert(base, "wall_plan", id=f"plan-zz{place}", name=f"zz{place}", shared=1, tiles=4, seconds=5, sources="[]", owner="somebody",
           unit=unit)
    insert(base, "subject", id=f"subject-zz{place}", name=f"zz{place}", number=f"zz{place}", unit=unit)
    insert(base, "visitor", id=f"visitor-zz{place}", subject=f"subject-zz{place}", name="x", relation="x")
    insert(base, "visit", id=f"visit-zz{place}", session=f"session-zz{place}", subject=f"subject-zz{place}",
           visitors=json.dumps([f"visitor-zz{place}"]), terminal=f"terminal-zz{place}", unit=unit, starts_ms=now + 600000, minutes=20,
           **{"class": "unkept"}, state="scheduled", live_ms=0, paused_ms=0, lost_ms=0, hand=0, since_ms=0, warned=0, subject_here=0,
           consent=0, end_ms=0)


def insert_supervision(base, place, unit, now):
    below = {"own": "child"}.get(place, place)
    insert(base, "ticket", id=f"ticket-zz{place}", kind="ticket", year=2026, number=900 + PLACES.index(place), from_unit="demo-province",
           to_unit=unit, who="person:somebody", display="x", client="x", type="files", text="x", state="issued", n=1, round=1,
           made_ms=now, due="2030-01-01", due_ms=now + 10**10, recheck_ms=0, climbs=0, climb_ms=0)
    insert(base, "ticket_event", ticket=f"ticket-zz{place}", n=1, at_ms=now, type="create", who="person:somebody", display="x")
    insert(base, "spotcheck", id=f"spotcheck-zz{place}", from_unit=unit, who="person:somebody", display="x", client=place, state="drawn",
           made_ms=now, opens_ms=now, opened_ms=now, drawn_ms=now, published=SHA, head="{}", items="[]", seed="00")
    insert(base, "spotcheck_item", spotcheck=f"spotcheck-zz{place}", item="none", kind="unit", unit=unit, rank=1)
    insert(base, "photo_request", id=f"photo-zz{place}", subject=f"subject-zz{place}", unit=unit, who="person:somebody", display="x",
           reason="x", hash=f"hash of {place}", made_ms=now, expires_ms=now + 10**9)
    insert(base, "duty_shift", id=f"shift-zz{place}", unit=unit, from_ms=now - 1000, until_ms=now + 10**7, leader="somebody", members="[]",
           published=1, who="person:somebody", made_ms=now)
    insert(base, "report", id=f"report-zz{place}", kind="bulletin", unit=unit, period="2020-01", from_ms=0, until_ms=1, year=2020,
           language="zh", title="x", body="{}", state="draft", who="person:somebody", display="x", n=1, made_ms=now, upto=0)
    insert(base, "platform", id=f"platform-zz{place}", name=f"zz{place}", unit=unit, token=f"hash of {place}", made_ms=now, revoked_ms=0)
    insert(base, "location_case", id=f"case-zz{place}", platform=f"platform-zz{place}", person="p", unit=unit, unit_known=1, opened_ms=now)
    insert(base, "location_alarm", platform=f"platform-zz{place}", id="a", case_id=f"case-zz{place}", person="p", unit_code="x", kind="lost",
           occurred_ms=now, received_ms=0, arrived_ms=now)
    insert(base, "emergency_plan", id=f"emergency-zz{place}", name=f"zz{place}", unit=unit, changed_ms=now, display="x",
           body='{"tiers":[],"units":[],"people":[],"cameras":[]}')
    insert(base, "rollcall", id=f"rollcall-zz{place}", session=f"meeting-zz{place}", name="x", unit=unit, person="somebody", display="x",
           clock_s=60, **{"class": "unkept"}, state="running", started_ms=now, ended_ms=0, total=2, answered=0)
    for number, at in enumerate(dict.fromkeys([place, below]), 1):
        insert(base, "rollcall_office", rollcall=f"rollcall-zz{place}", number=number, unit=UNITS[at], name="x",
               terminal=f"terminal-zz{at}", state="absent", called_ms=now, until_ms=now, answered_ms=0, calls=1)


def insert_lesson(base, place, unit, now):
    below = {"own": "child"}.get(place, place)
    offices = [{"number": number, "unit": UNITS[at], "name": "x", "terminal": f"terminal-zz{at}", "state": "left", "people": []}
               for number, at in enumerate(dict.fromkeys([place, below]), 1)]
    checks = [{"number": 1, "at_ms": now, "until_ms": now, "offices": [{"office": 1, "answer": "answered", "verdict": "open"}]}]
    detail = {"id": f"lesson-zz{place}", "session": f"taught-zz{place}", "title": "x", "teacher": "x", "by": "x", "person": "somebody",
              "audit": "person:somebody", "unit_id": unit, "state": "ended", "recorded": False, "planned_ms": now, "minutes": 60,
              "n_checks": 0, "started_ms": now, "ended_ms": now, "offices": offices, "checks": checks}
    insert(base, "lesson", id=f"lesson-zz{place}", session=f"taught-zz{place}", title="x", unit=unit, person="somebody", state="ended",
           planned_ms=now, started_ms=now, ended_ms=now, detail=json.dumps(detail))
    insert(base, "unit_pair", id=f"pair-zz{place}", one=unit, other=unit, purpose="x", from_ms=now, until_ms=0)


def insert_archive(base, place, unit, now):
    session, by = f"recording-zz{place}", {"who": "person:somebody", "display": "x"}
    insert(base, "recording", session=session, unit=unit, **{"class": "recorded"}, state="sealed", search=session, began_ms=now - 100000,
           duration_ms=60000, recovered=0, kind="visit", until_ms=now + 10**10)
    insert(base, "hold", id=f"hold-zz{place}", session=session, reason="x", at_ms=now, **by)
    insert(base, "request", id=f"request-zz{place}", what="export", session=session, recipient="x", reason="x", at_ms=now,
           state="pending", **by)
    insert(base, "purge", id=f"purge-zz{place}", state="planned", unit=unit, rule="x", reason="x", at_ms=now, recordings=1, bytes=1,
           archive_recordings=100, archive_bytes=100, held=0, **by)
    insert(base, "purge_item", purge=f"purge-zz{place}", session=session, bytes=1, until_ms=now, state="planned")
    insert(base, "export", id=f"export-zz{place}", session=session, recipient="x", reason="x", at_ms=now, bytes=1, state="ready", **by)
    insert(base, "draw", id=f"draw-zz{place}", kind="visit", at_ms=now, seed="00", percent=100, listed=1, drawn=1, sha256=SHA)
    insert(base, "draw_item", draw=f"draw-zz{place}", session=session, drawn=1)
    insert(base, "review", id=f"review-zz{place}", session=session, draw=f"draw-zz{place}", state="open", at_ms=now, due_ms=now + 10**9)
    insert(base, "remark", id=f"remark-zz{place}", session=session, text="x", made_ms=now, due_ms=now + 10**9, **by)
    insert(base, "snapshot", id=f"snapshot-zz{place}", session=session, at_ms=1, made_ms=now, content_type="image/png", bytes=1,
           sha256=SHA, file="one.png", **by)
    insert(base, "derivative", id=f"derivative-zz{place}", session=session, kind="composite", layout="side-by-side", state="ready",
           at_ms=now, **by)
    insert(base, "derivative", id=f"redaction-zz{place}", session=session, kind="redaction", layout="side-by-side", state="ready",
           at_ms=now, **by)


class Furnished(Node):
    """With everything there is, at each place, and several askers of each role in the county."""

    def __init__(self):
        super().__init__()
        self.stop_keeping()
        self.cookies = {role: [] for role in ROLES}
        now = int(time.time() * 1000)
        with contextlib.closing(sqlite3.connect(self.data / "index.db")) as base, base:
            for place in PLACES:
                for rows in (insert_people, insert_supervision, insert_lesson, insert_archive):
                    rows(base, place, UNITS[place], now)
            for role in ROLES:
                self.add_askers(base, role, now)
        for place in PLACES:
            self.write_files(self.data / "archive" / f"recording-zz{place}")
        self.launch()

    def add_askers(self, base, role, now):
        for i in range(N_ASKERS):
            owner = f"asker-{role}-{i}"
            if role == "terminal":
                insert(base, "terminal", id=owner, name=owner, unit=UNITS["own"])
            else:
                insert(base, "person", id=owner, name=owner, display=owner, unit=UNITS["own"], role=role)
            seat = "terminal" if role == "terminal" else "console"
            secret = f"secret-of-{owner}"
            insert(base, "token", hash=hashlib.sha256(secret.encode()).hexdigest(), seat=seat, owner=owner, made_ms=now, used_ms=now,
                   expires_ms=now + 3600000)
            self.cookies[role].append(f"yuanjian-{seat}={secret}")

    def write_files(self, folder):
        """A recording of before encryption, with one file, and a picture."""
        folder.mkdir(parents=True)
        (folder / "evidence").mkdir()
        (folder / "evidence/one.png").write_bytes(b"x")
        (folder / "one.webm").write_bytes(b"x")
        file = {"track": "one", "party": "family", "label": "x", "codec": "VP8", "file": "one.webm", "content_type": "video/webm",
                "sha256": SHA, "start_us": 0, "duration_us": 1, "bytes": 1, "gaps": []}
        (folder / "recording.json").write_text(json.dumps({
            "version": 1, "session": folder.name, "began_us": 1, "duration_us": 60000000, "recovered": False, "files": [file],
            "parties": [], "events": []}))


class Faults:
    """All that is wrong is told, not only the first of it."""

    def __init__(self):
        self.found = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None and issubclass(kind, AssertionError):
            self.found.append(str(error))
            return True
        return False

    def check(self):
        assert not self.found, f"{len(self.found)} holes:\n" + "\n".join(self.found[:40])


class Asker:
    """One role in the county; another person of it as soon as one has asked for much that is not there."""

    def __init__(self, node, role):
        self.node, self.role, self.n, self.misses, self.socket = node, role, 0, 0, None

    @property
    def cookie(self):
        return self.node.cookies[self.role][self.n]

    def page(self):
        if self.misses >= MISSES:
            self.close()
            self.n, self.misses = (self.n + 1) % N_ASKERS, 0
        if self.socket is None:
            self.socket = WebSocket(self.node, "terminal" if self.role == "terminal" else "console", self.cookie)
            self.socket.call("hello", {"language": "en"})
            if self.role == "inspector":
                self.socket.call("wall.open", {"tiles": 4})
        return self.socket

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def call(self, method, params):
        """(reason or None, the answer)"""
        try:
            return None, self.page().call(method, params)
        except CallError as error:
            self.misses += error.reason == "not-found"
            return error.reason, None


def value_for(row, name, place, counter):
    schema = next(param["schema"] for param in row["params"] if param["name"] == name)
    subject = subject_of(row["name"], name)
    if subject:
        if subject == "watched":
            subject = "visit"
        value = name_of(subject, place)
        return [value] if schema["type"] == "array" else value
    if name == "client":
        return f"client-{next(counter)}"
    if name == "starts_ms":
        return int(time.time() * 1000) + 3600000
    if name in BESIDE and BESIDE[name] is not None and name not in ("to_ms", "days") and "enum" not in schema:
        return BESIDE[name]
    if "enum" in schema:
        return schema["enum"][0]
    return {"string": "none", "integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": False, "array": ["none"],
            "object": {}}[schema["type"]]


def check_no_leak(what, answer, allowed):
    text = json.dumps(answer)
    for place in PLACES:
        assert place in allowed or f"zz{place}" not in text, f"{what} tells of {place}: {text[:400]}"


def check_parameter(asker, row, name, counter):
    """One thing of each place in turn, all else the asker's own; what must not be found first."""
    method, subject = row["name"], subject_of(row["name"], name)
    required = [param["name"] for param in row["params"] if param["required"]]
    allowed = reach(method, name, subject, asker.role)
    for place in sorted(PLACES, key=lambda place: place in allowed):
        values = {one: value_for(row, one, "own", counter) for one in dict.fromkeys([*required, name])}
        values.update(MORE.get(method, {}))
        if method in TOGETHER and place in allowed:
            values = {one: value_for(row, one, place, counter) for one in values}
        values[name] = value_for(row, name, place, counter)
        if method == "people.end-session":
            values["session"] = session_of(asker.role, place)[:16]
        if subject == "watched" and asker.role == "inspector":
            values[name] = name_of("rollcall", place)
        reason, answer = asker.call(method, values)
        what = f"{method} {values} from {asker.role}, {place}"
        assert reason != "limit-reached", what
        check_no_leak(what, answer, BELOW)
        if (f"{method}.{name}", place) in INSTEAD:
            assert reason == INSTEAD[f"{method}.{name}", place], f"{what}: {reason}"
        elif f"{method}.{name}" in FILTERS:
            assert reason != "not-found", f"{what}: {reason}"
        elif place in allowed:
            assert reason not in ("not-found", "bad-params") or (reason, method) in BAD_ANYWAY, f"{what}: {reason}"
        else:
            assert reason == "not-found", f"{what}: {reason} {str(answer)[:200]}"


def every_parameter(node, document):
    """Of every method, every parameter that names something."""
    counter, faults = itertools.count(), Faults()
    tried = 0
    rows = sorted(document["methods"], key=lambda row: (row["name"] in LAST, row["name"]))
    for role in ROLES:
        asker = Asker(node, role)
        for row in rows:
            if role not in METHODS[row["name"]]:
                continue
            for name in [param["name"] for param in row["params"]]:
                if subject_of(row["name"], name) and name not in ELSEWHERE and (role, subject_of(row["name"], name)) != ("terminal", "watched"):
                    with faults:
                        check_parameter(asker, row, name, counter)
                    tried += 1
        asker.close()
    print(f"  {tried} parameters, each from {len(PLACES)} places")
    faults.check()


def every_list(node, document):
    """What is told without being asked for by name: nothing from beside or above, and what is the asker's own is in it."""
    faults = Faults()
    for role in ROLES:
        asker = Asker(node, role)
        for row in document["methods"]:
            with faults:
                check_list(asker, row)
        asker.close()
    faults.check()


def check_list(asker, row):
    method, role = row["name"], asker.role
    required = [param["name"] for param in row["params"] if param["required"]]
    if role not in METHODS[method] or method in NOT_FOR_LISTS or (required and method not in LISTS):
        return
    values = {"from_ms": 0, "to_ms": 1 << 44} if method in ("archive.observed", "visits.list") else {}
    reason, answer = asker.call(method, values)
    assert reason in (None, "wrong-state", "bad-params") or method not in LISTS, f"{method} from {role}: {reason}"
    check_no_leak(f"{method} from {role}", answer, BELOW)
    if LISTS.get(method):
        assert name_of(LISTS[method], "own") in json.dumps(answer), f"{method} from {role} has nothing of its own: {answer}"


def path_of(pattern, place):
    """The address of what is there; None: the placeholders name nothing of anybody."""
    path, found = pattern, False
    for placeholder, subject in PLACEHOLDERS.items():
        if "{%s}" % placeholder not in path:
            continue
        value = name_of(subject, place) if subject else {"file": "one.webm", "number": "1"}.get(placeholder, "none")
        path, found = path.replace("{%s}" % placeholder, value), found or subject is not None
    assert "{" not in path or path.startswith(BY_TOKEN) or "{call}" in path, \
        f"{pattern}: what does it name? Put its placeholder into PLACEHOLDERS of tests/system/reach_table.py"
    return path if found and "{" not in path else None


def subject_of_route(pattern):
    return next((subject for placeholder, subject in PLACEHOLDERS.items() if subject and "{%s}" % placeholder in pattern), None)


def every_route(node, document):
    faults = Faults()
    for role in ROLES:
        asker = Asker(node, role)
        for row in sorted(document["x-routes"], key=lambda row: row["verb"] != "POST"):  # what is posted is there to be got
            path, subject = path_of(row["pattern"], "own"), subject_of_route(row["pattern"])
            if path is None or row["pattern"].startswith(BY_TOKEN) or role not in ROUTES[row["verb"], row["pattern"]]:
                continue
            for place in PLACES:
                asker.page()
                kind, picture = ("image/jpeg", JPEG) if row["pattern"] in AS_JPEG else ("image/png", png())
                body = picture if row["verb"] == "POST" else None
                got = ask(node, row["verb"], path_of(row["pattern"], place) + QUERIES.get(row["pattern"], ""), body, cookie=asker.cookie,
                          headers={"Content-Type": kind})
                asker.misses += got.status == 404
                what = f"{row['verb']} {path_of(row['pattern'], place)} from {role}: {got}"
                with faults:
                    found = place in REACH.get((subject, role), BELOW) and row["pattern"] not in NOT_MADE
                    assert (got.status != 404) == found, what
        asker.close()
    faults.check()


def wall(node):
    """Tiles say that they have no right; nobody is listened or talked to elsewhere."""
    asker = Asker(node, "inspector")
    tiles = [{"slot": i, "source": f"{kind}:{kind}-zz{place}"} for i, (kind, place) in enumerate(
        [("terminal", "sibling"), ("camera", "sibling"), ("terminal", "parent"), ("camera", "parent")])]
    shown = asker.page().call("wall.show", {"tiles": tiles})["tiles"]
    assert {tile["state"] for tile in shown} == {"no-right"}, shown
    tiles = [{"slot": i, "source": f"camera:camera-zz{place}"} for i, place in enumerate(["own", "child"])]
    assert "no-right" not in {tile["state"] for tile in asker.page().call("wall.show", {"tiles": tiles})["tiles"]}
    asker.close()


def is_written_down(document):
    text = to_markdown(document)
    assert DOCUMENT.read_text() == text, "docs/rights.md is not what the tables say: run tools/rights-table"


def add(report, document):
    report.case("rights: docs/rights.md is what the tables say", is_written_down, document)
    node = Furnished()
    report.case("rights: whose it is, in every list", every_list, node, document)
    report.case("rights: whose it is, in every route", every_route, node, document)
    report.case("rights: whose it is, on the wall", wall, node)
    report.case("rights: whose it is, in every parameter of every method", every_parameter, node, document)
    node.stop()
