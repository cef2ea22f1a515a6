"""One administrator alone: whatever role he has, and whatever he calls, no recording is gone, shorter kept, less held or hidden.
The table is written by hand from docs/protocol.md; a method, an address or a command that is not in it fails."""
import json
import subprocess
import zipfile

from archive_cases import record
from house import CONFIG, Desk, Node, ask, code_of, cookie_of, wait_for
from wire import CallError, Closed

ROLES = ["officer", "admin", "security", "auditor", "procurator"]
READS, TWO, TRACE, LIVE = "only reads", "needs a second person", "leaves a trace", "is of a session that runs, or of a seat"

METHODS = {
    **{name: LIVE for name in (
        "hello", "ping", "party.enter", "party.leave", "party.mute", "terminal.subject_here", "terminal.heartbeat", "call.answer",
        "call.decline", "rollcall.sign", "rollcall.watch", "rollcall.unwatch", "rollcall.talk", "rollcall.turn", "media.publish", "media.watch", "media.answer", "media.close", "media.size")},
    **{f"rollcall.{name}": READS for name in ("choices", "list", "get")},
    **{f"rollcall.{name}": TRACE for name in ("start", "again", "excuse", "end")},
    **{f"lessons.{name}": READS for name in ("list", "get", "hours", "mine")},
    **{f"lessons.{name}": LIVE for name in ("watch", "unwatch", "floor", "show", "again", "here")}, "lesson.present": LIVE, "lesson.confirm": LIVE,
    **{f"lessons.{name}": TRACE for name in ("plan", "cancel", "start", "end", "sign", "check", "judge", "attend")},
    **{f"wall.{name}": LIVE for name in ("open", "answer", "show", "listen", "talk", "hush", "close")},
    **{f"wall.{name}": READS for name in ("sources", "plans")},
    **{f"wall.{name}": TRACE for name in ("save-plan", "delete-plan")},
    **{f"visits.{name}": READS for name in ("list", "get", "choices", "presets")},
    **{f"visits.{name}": LIVE for name in ("admit", "subject_here", "warn", "talk", "pause", "resume", "observe", "unobserve")},
    **{f"visits.{name}": TRACE for name in ("create", "link", "extend", "end", "note", "unmask")},
    **{f"archive.{name}": READS for name in (
        "list", "get", "views", "classes", "holds", "requests", "purges", "purge-get", "exports", "reviews", "draws",
        "draw-replay", "observed", "remarks", "own-log", "verify", "derivatives", "health")},
    **{f"archive.{name}": TRACE for name in (
        "note", "viewed", "hold", "review-draw", "review-take", "review-finish", "remark", "remark-reply", "refuse",
        "composite", "derivative-cancel", "derivative-remove",
        "purge-undo")},
    # longer: at once, with a trace; up to a number of exports a day likewise
    **{f"archive.{name}": TWO for name in (
        "retention", "lift-hold", "approve", "purge-plan", "purge-approve", "export", "redact")},
    **{name: READS for name in ("units.list", "units.history", "people.list", "terminals.list", "audit.list")},
    "units.pairs": READS, **{f"units.{name}": TRACE for name in ("pair", "unpair", "add", "change", "move", "close", "import")}, "units.export": READS,
    **{f"posts.{name}": TRACE for name in ("add", "end")},
    "people.sessions": READS, "people.end-session": TRACE,
    "second-factor.begin": READS, **{f"second-factor.{name}": TRACE for name in ("confirm", "reset")},
    **{f"people.{name}": TRACE for name in ("add", "link", "disable", "set_password")},
    **{f"tickets.{name}": READS for name in ("list", "get", "tasks", "types", "choices")},
    **{f"tickets.{name}": TRACE for name in (
        "create", "issue", "read", "reply", "recheck", "close", "reopen", "withdraw", "type-set")},
    **{f"spotchecks.{name}": READS for name in ("list", "get", "preview", "replay")},
    **{f"spotchecks.{name}": TRACE for name in ("create", "draw", "outcome", "withdraw")},
    "supervisees.list": READS, "supervisees.import": TRACE,
    **{f"photos.{name}": READS for name in ("list", "get")}, **{f"photos.{name}": TRACE for name in ("ask", "withdraw", "judge")},
    **{f"cameras.{name}": READS for name in ("list", "presets")},
    **{f"cameras.{name}": TRACE for name in (
        "add", "change", "remove", "test", "discover", "describe", "move", "go", "save-preset", "forget-preset")},
    **{f"duty.{name}": READS for name in ("now", "roster", "choices", "get")},
    **{f"duty.{name}": TRACE for name in (
        "add", "assign", "remove", "publish", "line", "edit", "note", "settle", "hand-over", "sign")},
    **{f"reports.{name}": READS for name in ("list", "get", "events", "coverage", "ranking", "weights")},
    **{f"reports.{name}": TRACE for name in ("draft", "save", "submit", "refuse", "approve", "set-weights")},
    **{f"cases.{name}": READS for name in ("list", "get")},
    **{f"cases.{name}": TRACE for name in ("act", "result", "close", "assign", "call")},
    **{f"emergency.{name}": READS for name in ("plans", "choices")},
    **{f"emergency.{name}": TRACE for name in ("save-plan", "delete-plan", "open")},
    **{f"rooms.{name}": READS for name in ("list", "get")},
    **{f"rooms.{name}": LIVE for name in ("join", "leave", "talk", "turn", "again", "end")},
    "map.get": READS, "map.place": TRACE, **{f"platforms.{name}": READS for name in ("list", "deliveries")},
    **{f"platforms.{name}": TRACE for name in ("add", "revoke", "retry")},
    **{f"terminals.{name}": TRACE for name in ("add", "link", "policy")},
}

ROUTES = {
    **{("POST", f"/api/v1/{name}"): LIVE for name in ("sign-in", "sign-in/link", "sign-out", "visit-code")},
    **{("GET", name): READS for name in (
        "/api/v1/terminal/visit", "/api/v1/terminal/call", "/api/v1/rollcalls/{rollcall}/pictures/{number}",
        "/api/v1/rollcalls/{rollcall}/sheet", "/api/v1/lessons/{lesson}/pictures/{check}/{office}", "/api/v1/lessons-hours", "/api/v1/openrpc.json", "/healthz", "/readyz", "/metrics",
        "/api/v1/archive/{session}/{file}", "/api/v1/snapshots/{snapshot}", "/api/v1/purges/{purge}/note",
        "/api/v1/exports/{export}", "/api/v1/derivatives/{derivative}", "/api/v1/keys", "/api/v1/log/checkpoint",
        *("/api/v1/log/tile/{level}" + rest for rest in ("/{a}", "/{a}/{b}", "/{a}/{b}/{c}", "/{a}/{b}/{c}/{d}")))},
    ("POST", "/api/v1/archive/{session}/snapshots"): TRACE, ("POST", "/api/v1/terminal/calls/{call}/picture"): TRACE,
    ("POST", "/api/v1/terminal/calls/{call}/check-picture"): TRACE,
    ("POST", "/api/v1/alarms"): TRACE, ("GET", "/api/v1/map/tiles/{z}/{x}/{y}"): READS,
    ("POST", "/api/v1/tickets/{ticket}/pictures"): TRACE,
    ("POST", "/api/v1/photo"): TRACE, ("POST", "/api/v1/photo/{ticket}"): TRACE, ("GET", "/api/v1/photos/{photo}/picture"): READS,
    ("POST", "/api/v1/supervisees/{subject}/picture"): TRACE, ("GET", "/api/v1/supervisees/{subject}/picture"): READS,
    ("GET", "/api/v1/cameras/{camera}/snapshot"): TRACE,
    ("GET", "/api/v1/tickets/{ticket}/pictures/{picture}"): READS, ("GET", "/api/v1/tickets/{ticket}/sheet"): READS,
    **{("GET", f"/api/v1/reports/{name}"): READS for name in ("{report}/page", "{report}/pdf", "events.csv")},
    **{(verb, f"/{kind}/{{session}}/{{party}}{rest}"): LIVE
       for kind in ("whip", "whep")
       for verb, rest in (("OPTIONS", ""), ("OPTIONS", "/{resource}"), ("POST", ""), ("PATCH", "/{resource}"),
                          ("DELETE", "/{resource}"))},
}

COMMANDS = {
    "serve": READS, "fsync-check": READS, "scrub": READS,
    "platform list": READS, "platform add": TRACE, "platform revoke": TRACE, "place import": TRACE,
    "camera list": READS, **{f"camera {name}": TRACE for name in ("add", "remove", "test")},
    **{name: READS for name in (
        "session list", "person list", "terminal list", "unit list", "unit export", "visit list", "archive list", "archive search",
        "archive show", "archive views", "archive verify", "archive health", "archive holds", "archive requests", "archive purges",
        "archive purge", "archive exports", "archive reviews", "archive draws", "archive replay", "archive observed",
        "archive remarks", "archive derivatives", "archive path", "keys list", "keys export", "log checkpoint", "log verify",
        "log consistency", "source list")},
    **{name: TRACE for name in (
        "session create", "session end", "source provide", "source withdraw", "token", "person add", "terminal add",
        "unit add", "person reset-factor", "unit move", "unit import", "link", "archive extract",
        "demo load", "demo work", "demo links", "keys rotate", "rebuild-index")},
    # by a person with a name and a password, and where it takes something away by two of them
    **{f"archive {name}": TWO for name in (
        "hold", "lift-hold", "retention", "approve", "refuse", "purge-plan", "purge-approve", "purge-undo", "export",
        "composite", "redact", "derivative-cancel", "derivative-remove",
        "review-take", "review", "draw", "remark", "reply")},
}

VALUES = {
    "people": [], "rollcall": "none", "call": "none", "lesson": "none", "title": "alone", "check": 1, "office": 1, "passed": True, "on": True, "month": "2026-01", "other": "demo-office-1", "purpose": "alone", "pair": "none",
    "language": "en", "reason": "alone", "text": "alone", "until_ms": 1000, "before_ms": 1 << 44, "from_ms": 0, "to_ms": 1000,
    "at_ms": 0, "kind": "visit", "class": "visit", "recipient": "nobody", "verdict": "in-order", "cause": "other",
    "confirm": True, "note": "alone", "name": "alone", "display": "alone", "role": "officer", "unit": "demo-prison",
    "password": "a password of one", "disabled": False, "minutes": 1, "limit": 10, "to": "nobody", "here": True,
    "preset": "other", "starts_ms": 1 << 44, "recording_class": "recorded", "sdp": "v=0\r\n", "what": "both", "mid": "0",
    "width": 1, "height": 1, "consent": True, "version": "x", "visible": True, "person": "demo-inspector",
    "layout": "speaker", "edits": [{"what": "mute", "from_ms": 0, "to_ms": 1000}],
    "factor": "000000", "apply": True, "tier": "office", "parent": "demo-city", "closed": True, "post": "none",
    "muted": False, "subject": "none", "visitors": ["none"], "visitor": "none", "terminal": "none", "state": "pending", "call": "none",
    "ticket": "none", "client": "alone-0001", "units": ["demo-office-1"], "type": "other", "due": "2026-01-01", "text_zh": "alone",
    "text_en": "alone", "days": 1, "spotcheck": "none", "item": "none", "weighting": "equal", "n": 1, "outcome": "wall", "photo": "none",
    "address": "http://192.0.2.1/none", "pan": 0, "tilt": 0, "zoom": 0,
    "case": "none", "room": "none", "platform": "none", "object": "unit:none", "action": "call", "result": "answered",
    "from": "2026-01-01T08:00", "until": "2026-01-01T09:00", "leader": "none", "members": [], "shift": "none", "line": "1", "period": "2026-01",
    "report": "none", "good": "", "problems": "", "orders": "", "inspectors": "", "quarter": "2099-Q1", "response": 25, "in_time": 25, "lasting": 25, "covered": 25,
    "tiles": 1, "source": "terminal:none", "sources": [], "shared": False, "seconds": 0, "plan": "none", "url": "rtsp://192.0.2.1/none", "camera": "none",
}
OPTIONAL = {"before_ms", "kind", "text", "reason", "until_ms"}
GIVEN = {"hold": "hold", "request": "request", "purge": "purge", "export": "export", "review": "review", "draw": "draw",
         "remark": "remark", "derivative": "derivative"}


def look(node, session):
    """What must not get worse."""
    shown = node.json("archive", "show", session)
    row, folder = shown["recording"], node.data / "archive" / session
    media = {path.name: path.read_bytes() for path in folder.iterdir() if path.name.endswith(".enc")}
    return {"state": row["state"], "held": row["held"], "until_ms": row["retention"]["until_ms"], "media": media,
            "key": (node.data / "keys/sessions" / f"{session}.key").exists(),
            "listed": len(node.archived()), "notes": len(shown["notes"]), "remarks": len(shown["remarks"])}


def check_no_worse(before, after, role):
    for name in ("state", "media", "key", "listed"):
        assert after[name] == before[name], f"{role}: {name} has changed"
    assert after["held"] >= before["held"], f"{role} has lifted a hold"
    for name in ("until_ms", "notes", "remarks"):
        assert after[name] >= before[name], f"{role}: {name} is {after[name]}, was {before[name]}"


def params_of(row, known):
    params = {}
    for param in row["params"]:
        name = param["name"]
        if param["required"] or name in OPTIONAL:
            value = known.get(name, "none" if name in GIVEN else VALUES.get(name))
            assert value is not None or not param["required"], f"{row['name']}: no value for {name}"
            if value is not None:
                params[name] = value
    if row["name"] == "archive.retention":
        del params["class" if "class" in params else "until_ms"]
    return params


def remember(answer, known):
    for name, member in GIVEN.items():
        if isinstance(answer, dict) and isinstance(answer.get(member), dict):
            known[name] = answer[member]["id"]


def all_are_classified(node, document):
    methods = {row["name"] for row in document["methods"]}
    routes = {(row["verb"], row["pattern"]) for row in document["x-routes"]}
    # "  NAME   Summary."
    lines = subprocess.run([node.program, "--help"], capture_output=True, text=True, timeout=20).stdout.splitlines()
    commands = {line[2:].split("  ")[0].strip() for line in lines if line.startswith("  ") and line[2] != " "}
    commands = {name for name in commands if name and name[0].islower()}
    commands = {next((known for known in COMMANDS if name == known or name.startswith(known + " ")), name) for name in commands}
    assert methods == set(METHODS), f"not in both: {methods ^ set(METHODS)}"
    assert routes == set(ROUTES), f"not in both: {routes ^ set(ROUTES)}"
    assert commands == set(COMMANDS), f"not in both: {commands ^ set(COMMANDS)}"


def newest_entry(auditor):
    return auditor.call("audit.list", {"limit": 1})["entries"][0]["id"]


def newer_entry(auditor, entry):
    newest = newest_entry(auditor)
    return newest if newest > entry else None


def everything_twice(node, auditor, document, role, session):
    """Every method, with what the calls before it have made: so the one who asks also tries to be the second."""
    before, desk = look(node, session), Desk(node, role)
    known, entry = {"session": session, "visit": "none"}, newest_entry(auditor)
    for _ in range(2):
        for row in document["methods"]:
            try:
                answer = desk.call(row["name"], params_of(row, known))
            except (CallError, Closed, OSError):
                continue
            remember(answer, known)
            if METHODS[row["name"]] in (TWO, TRACE) and row["name"] not in ("archive.viewed",):
                entry = wait_for(f"{row['name']} by {role} leaves a trace", lambda: newer_entry(auditor, entry), every=0.3)
    cookie = node.sign_in("person", role)
    for row in document["x-routes"]:
        address = row["pattern"].replace("{session}", session).replace("{party}", "family").replace("{file}", "recording.json")
        for name in ("purge", "export", "snapshot", "resource"):
            address = address.replace(f"{{{name}}}", known.get(name, "none"))
        if row["verb"] != "GET" and "sign-" not in address:
            ask(node, row["verb"], address, b"x", cookie=cookie, headers={"Content-Type": "image/png"})
    check_no_worse(before, look(node, session), role)


def two_made_by_one(node, session):
    """An administrator makes two officers, and they are of one mind."""
    admin, before = Desk(node, "prison-admin"), look(node, session)
    desks = []
    for name in ("puppet1", "puppet2"):
        made = admin.call("people.add", {"name": name, "display": name, "role": "officer", "unit": "demo-prison"})
        answer = ask(node, "POST", "/api/v1/sign-in/link", json_body={"code": code_of(made["link"])})
        desks.append(node.page("console", cookie_of(answer)))
    hold = desks[0].call("archive.hold", {"session": session, "reason": "x"})["hold"]["id"]
    request = desks[0].call("archive.lift-hold", {"hold": hold, "reason": "x"})["request"]["id"]
    try:
        desks[1].call("archive.approve", {"request": request})
        raise AssertionError("an account that was just made is a second person")
    except CallError as error:
        assert error.reason == "forbidden", error
    assert look(node, session)["held"] and before["state"] == "sealed"


def commands_need_a_name(node, session):
    """Without a password, and with a wrong one: nothing is done."""
    edits = node.folder / "edits.json"
    edits.write_text(json.dumps(VALUES["edits"]))
    known = {"hold": [session, "--reason", "x"], "lift-hold": ["none", "--reason", "x"],
             "retention": [session, "--until", "1000", "--reason", "x"], "approve": ["none"], "refuse": ["none"],
             "purge-plan": ["--reason", "x"], "purge-approve": ["none"], "purge-undo": ["none", "--reason", "x"],
             "export": [session, "--recipient", "x", "--reason", "x"], "review-take": ["none"],
             "review": ["none", "--verdict", "in-order"], "draw": ["--kind", "visit"], "remark": [session, "--text", "x"],
             "reply": ["none", "--text", "x"], "composite": [session, "speaker"], "derivative-cancel": ["none"],
             "derivative-remove": ["none", "--reason", "x"], "redact": [session, "speaker", edits, "--reason", "x"]}
    assert {f"archive {name}" for name in known} == {name for name, how in COMMANDS.items() if how == TWO}
    before = look(node, session)
    for name, words in known.items():
        for more, typed in (([], ""), (["--by", "officer2"], ""), (["--by", "officer2"], "wrong\n")):
            done = subprocess.run([node.program, "archive", name, *words, *more, "--data", node.data], input=typed,
                                  capture_output=True, text=True, timeout=30)
            assert done.returncode != 0, f"archive {name} {more}: {done.stdout}"
    after = look(node, session)
    assert after == before, "a command without a name has done something"


def exported(node, session, officer):
    """The same bytes twice, whole and in parts; verified by a program that knows nothing of the gateway."""
    cookie = node.sign_in("person", "officer")
    made = officer.call("archive.export", {"session": session, "reason": "a court asks", "recipient": "the court"})["export"]
    row = wait_for("the export is made", lambda: next(
        (row for row in node.json("archive", "exports") if row["id"] == made["id"] and row["state"] != "preparing"), None), 60)
    assert row["state"] == "ready", node.read_log()[-2000:]
    whole = ask(node, "GET", made["url"], cookie=cookie)
    assert whole.status == 200 and len(whole.body) == row["bytes"], whole.status
    assert ask(node, "GET", made["url"], cookie=cookie).body == whole.body
    middle = len(whole.body) // 2
    parts = [ask(node, "GET", made["url"], cookie=cookie, headers={"Range": f"bytes={a}-{b}"}).body
             for a, b in ((0, middle - 1), (middle, len(whole.body) - 1))]
    assert b"".join(parts) == whole.body
    assert ask(node, "GET", made["url"], cookie=node.sign_in("person", "officer2")).status == 404
    package = node.folder / made["name"]
    package.write_bytes(whole.body)
    names = zipfile.ZipFile(package).namelist()
    assert "manifest.json" in names and any(name.startswith("media/") for name in names), names
    verifier = node.program.parent.parent / "recorder/verify/yuanjian-verify"
    if verifier.exists():
        done = subprocess.run([verifier, "--json", package], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and json.loads(done.stdout)["result"] == "PASS", done.stdout + done.stderr


def add(report):
    node = Node(CONFIG)
    node.cli("person", "add", "--name", "witness", "--role", "auditor", "--unit", "demo-ministry")
    officer, auditor = Desk(node, "officer"), Desk(node, "witness")
    document = ask(node, "GET", "/api/v1/openrpc.json").json()
    report.case("alone: every method, route and command is in the table", all_are_classified, node, document)
    session, _ = record(node, officer)
    report.case("alone: an export is the same twice, and verifies", exported, node, session, officer)
    for role in ROLES:
        report.case(f"alone: everything that {role} can call, twice", everything_twice, node, auditor, document, role, session)
    report.case("alone: two accounts of one administrator are not two persons", two_made_by_one, node, session)
    report.case("alone: commands need a person with a password", commands_need_a_name, node, session)
    node.stop()
