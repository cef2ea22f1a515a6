"""Every method and every HTTP route from every seat. The tables here are written by hand from docs/protocol.md: a method or a
route that is not in them fails, and so does one whose rights are others than here."""
import time

from wire import CallError, Closed, WebSocket, ask, closed_by, failing_call

SEATS = ["family", "terminal", "officer", "administrator", "security", "auditor", "procurator", "inspector", "office"]
ANY = set(SEATS)
PARTY = {"family", "terminal"}
CONSOLE = ANY - PARTY
KEEPERS = {"administrator", "security"}
WATCH, DECIDE, TRACE = {"officer", "procurator"}, {"officer", "security"}, {"officer", "security", "auditor"}
LOTS, INSPECT = {"officer", "auditor"}, {"inspector"}
MEDIA = {"family", "terminal", "officer", "inspector"}

TICKETS, SUPERVISEES = {"inspector", "office", "terminal"}, {"officer", "inspector", "office"}

METHODS = {
    "hello": ANY, "ping": ANY,
    "party.enter": PARTY, "party.leave": PARTY, "party.mute": PARTY,
    "terminal.subject_here": {"terminal"}, "terminal.heartbeat": {"terminal"},
    "call.answer": {"terminal"}, "call.decline": {"terminal"}, "terminals.policy": {"administrator"},
    "rollcall.sign": {"terminal"},
    **{f"rollcall.{name}": INSPECT for name in (
        "choices", "start", "list", "get", "again", "excuse", "watch", "unwatch", "talk", "turn", "end")},
    **{f"lessons.{name}": INSPECT for name in (
        "plan", "cancel", "list", "get", "start", "end", "sign", "watch", "unwatch", "floor", "show", "again", "check", "judge", "hours")},
    **{f"lessons.{name}": {"office"} for name in ("mine", "attend", "here")},
    "lesson.present": {"terminal"}, "lesson.confirm": {"terminal"},
    "media.publish": MEDIA, "media.watch": MEDIA, "media.answer": MEDIA, "media.close": MEDIA,
    "media.size": MEDIA,
    **{f"wall.{name}": {"inspector"} for name in (
        "open", "answer", "show", "listen", "talk", "hush", "close", "sources", "plans", "save-plan", "delete-plan")},
    **{f"visits.{name}": {"officer"} for name in (
        "list", "get", "create", "link", "choices", "admit", "subject_here", "observe", "unobserve", "presets", "warn",
        "talk", "pause", "resume", "extend", "end", "note", "unmask")},
    **{f"archive.{name}": WATCH for name in ("list", "get", "viewed", "remarks", "own-log", "verify", "composite", "derivative-cancel")},
    **{f"archive.{name}": WATCH | TRACE for name in ("views", "classes", "holds", "derivatives")},
    **{f"archive.{name}": {"officer"} for name in (
        "note", "hold", "lift-hold", "retention", "purge-plan", "export", "redact", "derivative-remove", "review-take", "review-finish", "remark-reply")},
    **{f"archive.{name}": DECIDE for name in ("approve", "refuse", "purge-approve", "purge-undo")},
    **{f"archive.{name}": TRACE for name in ("requests", "purges", "purge-get", "exports", "observed")},
    **{f"archive.{name}": LOTS for name in ("reviews", "review-draw", "draws", "draw-replay")},
    "archive.remark": {"procurator"},
    "archive.health": TRACE | {"administrator", "inspector"},
    **{f"units.{name}": CONSOLE for name in ("list", "history", "pairs")},
    **{f"units.{name}": {"administrator"} for name in ("pair", "unpair", "add", "change", "move", "close", "import", "export")},
    **{f"people.{name}": KEEPERS for name in ("list", "add", "link", "disable")},
    **{f"posts.{name}": KEEPERS for name in ("add", "end")},
    "people.set_password": CONSOLE, "people.sessions": CONSOLE, "people.end-session": CONSOLE,
    "second-factor.begin": CONSOLE, "second-factor.confirm": CONSOLE, "second-factor.reset": KEEPERS,
    **{f"terminals.{name}": {"administrator"} for name in ("list", "add", "link")},
    **{f"cameras.{name}": {"administrator"} for name in ("add", "change", "remove", "test", "discover", "describe")},
    **{f"cameras.{name}": INSPECT for name in ("move", "presets", "go", "save-preset", "forget-preset")},
    "cameras.list": {"administrator", "officer", "inspector", "office"},
    "audit.list": {"administrator", "auditor"},
    **{f"tickets.{name}": TICKETS for name in ("list", "get")},
    **{f"tickets.{name}": {"inspector"} for name in (
        "create", "choices", "tasks", "issue", "recheck", "close", "reopen", "withdraw")},
    **{f"tickets.{name}": {"office", "terminal"} for name in ("read", "reply")},
    **{f"spotchecks.{name}": INSPECT for name in ("list", "get", "preview", "create", "draw", "replay", "outcome", "withdraw")},
    **{f"supervisees.{name}": SUPERVISEES for name in ("list", "import")},
    **{f"photos.{name}": SUPERVISEES for name in ("ask", "list", "get", "withdraw", "judge")},
    **{f"duty.{name}": INSPECT for name in (
        "now", "roster", "choices", "add", "assign", "remove", "publish", "get", "line", "edit", "note", "settle", "hand-over", "sign")},
    **{f"reports.{name}": INSPECT for name in (
        "list", "get", "draft", "save", "submit", "refuse", "approve", "events", "coverage", "ranking")},
    **{f"cases.{name}": {"inspector", "office"} for name in ("list", "get", "act", "result", "close")},
    **{name: INSPECT for name in ("cases.assign", "cases.call", "emergency.open")},
    **{f"emergency.{name}": INSPECT for name in ("plans", "choices", "save-plan", "delete-plan")},
    **{f"rooms.{name}": INSPECT for name in ("list", "get", "join", "leave", "talk", "turn", "again", "end")},
    "map.get": {"inspector", "office", "administrator"}, "map.place": {"administrator"},
    **{f"platforms.{name}": {"administrator"} for name in ("list", "add", "revoke", "deliveries", "retry")},
    "reports.weights": {"inspector", "administrator"}, "reports.set-weights": {"administrator"},
    "tickets.types": TICKETS | {"administrator"}, "tickets.type-set": {"administrator"},
}

ANYBODY = {"none", "token", *SEATS}
DEVICES = {"token", "terminal"}
ROUTES = {
    ("POST", "/api/v1/sign-in"): ANYBODY,
    ("POST", "/api/v1/sign-in/link"): ANYBODY,
    ("POST", "/api/v1/sign-out"): ANYBODY,
    ("POST", "/api/v1/visit-code"): ANYBODY,
    ("GET", "/api/v1/terminal/visit"): {"terminal"}, ("GET", "/api/v1/terminal/call"): {"terminal"},
    ("POST", "/api/v1/terminal/calls/{call}/picture"): {"terminal"},
    ("GET", "/api/v1/rollcalls/{rollcall}/pictures/{number}"): INSPECT, ("GET", "/api/v1/rollcalls/{rollcall}/sheet"): INSPECT,
    ("POST", "/api/v1/terminal/calls/{call}/check-picture"): {"terminal"},
    ("GET", "/api/v1/lessons/{lesson}/pictures/{check}/{office}"): INSPECT, ("GET", "/api/v1/lessons-hours"): INSPECT,
    ("GET", "/api/v1/openrpc.json"): ANYBODY,
    ("GET", "/api/v1/archive/{session}/{file}"): WATCH,
    ("POST", "/api/v1/archive/{session}/snapshots"): {"officer"},
    ("GET", "/api/v1/snapshots/{snapshot}"): WATCH,
    ("GET", "/api/v1/exports/{export}"): {"officer"}, ("GET", "/api/v1/derivatives/{derivative}"): WATCH,
    ("GET", "/api/v1/keys"): CONSOLE, ("GET", "/api/v1/log/checkpoint"): CONSOLE,
    **{("GET", "/api/v1/log/tile/{level}" + rest): {"auditor"}
       for rest in ("/{a}", "/{a}/{b}", "/{a}/{b}/{c}", "/{a}/{b}/{c}/{d}")},
    ("GET", "/api/v1/purges/{purge}/note"): TRACE,
    ("POST", "/api/v1/tickets/{ticket}/pictures"): TICKETS,
    ("GET", "/api/v1/tickets/{ticket}/pictures/{picture}"): TICKETS,
    ("GET", "/api/v1/tickets/{ticket}/sheet"): TICKETS,
    ("POST", "/api/v1/photo"): ANYBODY, ("POST", "/api/v1/photo/{ticket}"): ANYBODY,  # the link is the right
    ("GET", "/api/v1/photos/{photo}/picture"): SUPERVISEES,
    **{(verb, "/api/v1/supervisees/{subject}/picture"): SUPERVISEES for verb in ("GET", "POST")},
    ("GET", "/api/v1/cameras/{camera}/snapshot"): INSPECT,
    **{("GET", f"/api/v1/reports/{name}"): INSPECT for name in ("{report}/page", "{report}/pdf", "events.csv")},
    ("POST", "/api/v1/alarms"): set(),  # a platform, by its own token
    ("GET", "/api/v1/map/tiles/{z}/{x}/{y}"): {"inspector", "office", "administrator"},
    ("GET", "/healthz"): ANYBODY, ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,  # of this machine; from elsewhere an administrator
    **{("OPTIONS", f"/{kind}/{{session}}/{{party}}{rest}"): ANYBODY
       for kind in ("whip", "whep") for rest in ("", "/{resource}")},
    **{(verb, f"/{kind}/{{session}}/{{party}}{rest}"): DEVICES
       for kind in ("whip", "whep") for verb, rest in (("POST", ""), ("PATCH", "/{resource}"), ("DELETE", "/{resource}"))},
}


def seat_of(name):
    return {"family": "visit", "terminal": "terminal"}.get(name, "console")


def all_are_listed(document):
    methods = {row["name"] for row in document["methods"]}
    routes = {(row["verb"], row["pattern"]) for row in document["x-routes"]}
    assert methods == set(METHODS), f"not in both: {methods ^ set(METHODS)}"
    assert routes == set(ROUTES), f"not in both: {routes ^ set(ROUTES)}"


def methods_by_seat(node, cookies, document):
    for seat in SEATS:
        page = node.page(seat_of(seat), cookies[seat])
        for row in document["methods"]:
            reason = "limit-reached"
            while reason == "limit-reached":  # there are more methods than calls that may come at once
                try:
                    page.call(row["name"], {"no such parameter": 1})
                    reason = None
                except CallError as error:
                    reason = error.reason
                    time.sleep(0.2 if reason == "limit-reached" else 0)
            wanted = "bad-params" if seat in METHODS[row["name"]] else "forbidden"
            assert reason == wanted, f"{row['name']} from {seat}: {reason}, not {wanted}"
        page.close()


def methods_without_seat(node, document):
    for seat in ("visit", "terminal", "console", "", "nobody"):
        page = WebSocket(node, seat)
        try:
            numbers = [page.send_call(row["name"]) for row in document["methods"][:20]]
            message = page.message()
            assert message["error"]["data"]["reason"] == "sign-in-required" and message["id"] in numbers, message
        except OSError:
            pass
        except Closed as closed:
            assert closed.code == 4401, closed


def wrong_seat(node, cookies):
    """A cookie opens the seat that it was made for and no other, even under another name."""
    for name in SEATS:
        value = cookies[name].split("=", 1)[1]
        for seat, cookie in (("visit", "yuanjian-visit"), ("terminal", "yuanjian-terminal"), ("console", "yuanjian-console")):
            if seat != seat_of(name):
                assert closed_by(WebSocket, node, seat, f"{cookie}={value}").code == 4401, f"{name} as {seat}"


def ask_route(node, row, cookie, bearer):
    address = row["pattern"].replace("{session}", "no-such-session").replace("{party}", "nobody")
    address = address.replace("{file}", "no-such-file").replace("{resource}", "no-such-resource")
    address = address.replace("{snapshot}", "no-such-picture").replace("{purge}", "no-such-purge").replace("{export}", "no-such-export")
    kind = "application/sdp" if row["verb"] == "POST" and row["pattern"].startswith("/wh") else "text/plain"
    body = b"v=0\r\n" if row["verb"] in ("POST", "PATCH") else None
    return ask(node, row["verb"], address, body, cookie=cookie, bearer=bearer, headers={"Content-Type": kind})


def routes_by_seat(node, cookies, document):
    token = node.token("no-session-of-this-name", "camera")
    callers = {"none": (None, None), "token": (None, token), **{seat: (cookies[seat], None) for seat in SEATS}}
    for row in document["x-routes"]:
        for caller, (cookie, bearer) in callers.items():
            answer = ask_route(node, row, cookie, bearer)
            allowed = caller in ROUTES[row["verb"], row["pattern"]]
            wanted = "other than 401, 403, 5xx" if allowed else (401, "sign-in-required") if caller == "none" else \
                (403, "forbidden")
            right = answer.status not in (401, 403) and answer.status < 500 if allowed else \
                (answer.status, answer.reason) == wanted
            assert right, f"{row['verb']} {row['pattern']} by {caller}: {answer}, not {wanted}"
            assert allowed or answer.message, answer


def other_unit(node, cookies, visit):
    """An officer of another unit: what is not his is not there."""
    duty = node.console("duty")
    for method, params in [
        ("visits.get", {}), ("visits.admit", {}), ("visits.link", {}), ("visits.observe", {}), ("visits.pause", {}),
        ("visits.end", {"cause": "other", "confirm": True}), ("visits.note", {"text": "x"}), ("media.watch", {}),
        ("visits.subject_here", {"here": True}), ("visits.extend", {"minutes": 1}),
    ]:
        error = failing_call(duty, method, {"visit": visit["id"], **params})
        assert error.reason == "not-found", f"{method}: {error}"
    assert failing_call(duty, "archive.get", {"session": visit["session"]}).reason == "not-found"
    listed = duty.call("visits.list", {"from_ms": 0, "to_ms": 1 << 45})["visits"]
    assert visit["id"] not in [row["id"] for row in listed]
    duty.close()


def observers(node, visit):
    officer = node.console("officer")
    found = [one["id"] for one in node.visit(officer, visit["id"]).get("observers", [])]
    officer.close()
    return found


def observing(node, name, visit):
    """Somebody who looks at this visit: its page, with a media connection begun."""
    page = node.console(name)
    page.call("visits.observe", {"visit": visit["id"]})
    assert "m=video" in page.call("media.watch", {"visit": visit["id"]})["sdp"]
    return page


def finds_nothing(page, visit):
    for method in ("media.watch", "visits.get", "visits.observe"):
        error = failing_call(page, method, {"visit": visit["id"]})
        assert error.reason in ("not-found", "forbidden"), f"{method}: {error}"


def post_ends_live(node, visit):
    """A post with an end: the one who looks by it is put out when it is over, by itself, and stays what he is beside it."""
    administrator = node.console("admin")
    ends_ms = int(time.time() * 1000) + 4000
    administrator.call("posts.add", {"person": "demo-inspector-city", "unit": "demo-prison", "role": "officer",
                                     "until_ms": ends_ms})
    page = observing(node, "inspector-city", visit)
    assert "demo-inspector-city" in observers(node, visit)
    # (its beginning may be told, too)
    while page.event("rights.changed", 15)["roles"] != ["inspector"]:
        pass
    late_ms = time.time() * 1000 - ends_ms
    assert 0 <= late_ms < 5000, f"{late_ms:.0f} ms after the end"
    finds_nothing(page, visit)
    assert "demo-inspector-city" not in observers(node, visit)
    assert page.call("units.list")["units"], "the other post is there still"
    page.close()
    administrator.close()


def disabled_live(node, visit):
    administrator, page = node.console("admin"), observing(node, "officer2", visit)
    administrator.call("people.disable", {"person": "demo-officer-2", "disabled": True})
    assert closed_by(page.message, 10).code == 4401
    assert "demo-officer-2" not in observers(node, visit)
    administrator.call("people.disable", {"person": "demo-officer-2", "disabled": False})
    administrator.close()


def moved_away_live(node, visit):
    """The prison is under the city for a while: the city's officer looks, until it is not."""
    administrator = node.console("admin")
    administrator.call("units.move", {"unit": "demo-prison", "parent": "demo-city"})
    page = observing(node, "duty", visit)
    administrator.call("units.move", {"unit": "demo-prison", "parent": "demo-province"})
    page.event("rights.changed")
    finds_nothing(page, visit)
    assert "demo-duty" not in observers(node, visit)
    places = administrator.call("units.history", {"unit": "demo-prison"})["places"]
    assert [place["path"].split(" / ")[-2] for place in places] == ["安澜省司法厅", "清溪市司法局", "安澜省司法厅"], places
    page.close()
    administrator.close()


def lists_end_at_the_unit(node):
    """What a county is shown is the county's and below."""
    page = node.console("inspector-county")
    units = {row["id"] for row in page.call("units.list")["units"]}
    assert "demo-county-1" in units and "demo-office-1" in units
    assert not units & {"demo-county-2", "demo-city", "demo-office-2", "demo-prison"}, units
    page.close()


def get_document(node):
    return ask(node, "GET", "/api/v1/openrpc.json").json()


def add(report, node, cookies, visit):
    document = get_document(node)
    report.case("rights: every method and route is in the table", all_are_listed, document)
    report.case("rights: every method from every seat", methods_by_seat, node, cookies, document)
    report.case("rights: no method without a seat", methods_without_seat, node, document)
    report.case("rights: a cookie opens only its own seat", wrong_seat, node, cookies)
    report.case("rights: every HTTP route from every seat", routes_by_seat, node, cookies, document)
    report.case("rights: an officer of another unit finds nothing", other_unit, node, cookies, visit)
    report.case("rights: a tree ends at one's unit", lists_end_at_the_unit, node)
    report.case("rights: a post that ends takes what is live with it", post_ends_live, node, visit)
    report.case("rights: who is disabled is out at once", disabled_live, node, visit)
    report.case("rights: a unit that is moved away is seen no more", moved_away_live, node, visit)
