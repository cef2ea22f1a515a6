"""Every method and every HTTP route from every seat. The tables here are written by hand from docs/protocol.md: a method or a
route that is not in them fails, and so does one whose rights are others than here."""
from wire import CallError, Closed, WebSocket, ask, closed_by, failing_call

SEATS = ["family", "terminal", "officer", "administrator", "security", "auditor", "procurator"]
ANY = set(SEATS)
PARTY, CONSOLE = {"family", "terminal"}, {"officer", "administrator", "security", "auditor", "procurator"}
WATCH, DECIDE, TRACE = {"officer", "procurator"}, {"officer", "security"}, {"officer", "security", "auditor"}
LOTS = {"officer", "auditor"}
MEDIA = {"family", "terminal", "officer"}

METHODS = {
    "hello": ANY, "ping": ANY,
    "party.enter": PARTY, "party.leave": PARTY, "party.mute": PARTY,
    "terminal.subject_here": {"terminal"}, "terminal.heartbeat": {"terminal"},
    "call.answer": {"terminal"}, "call.decline": {"terminal"}, "terminals.policy": {"administrator"},
    "media.publish": MEDIA, "media.watch": MEDIA, "media.answer": MEDIA, "media.close": MEDIA,
    "media.size": MEDIA,
    **{f"visits.{name}": {"officer"} for name in (
        "list", "get", "create", "link", "choices", "admit", "subject_here", "observe", "unobserve", "presets", "warn",
        "talk", "pause", "resume", "extend", "end", "note")},
    **{f"archive.{name}": WATCH for name in ("list", "get", "viewed", "remarks", "own-log", "verify")},
    **{f"archive.{name}": WATCH | TRACE for name in ("views", "classes", "holds")},
    **{f"archive.{name}": {"officer"} for name in (
        "note", "hold", "lift-hold", "retention", "purge-plan", "export", "review-take", "review-finish", "remark-reply")},
    **{f"archive.{name}": DECIDE for name in ("approve", "refuse", "purge-approve", "purge-undo")},
    **{f"archive.{name}": TRACE for name in ("requests", "purges", "purge-get", "exports", "observed")},
    **{f"archive.{name}": LOTS for name in ("reviews", "review-draw", "draws", "draw-replay")},
    "archive.remark": {"procurator"},
    "archive.health": TRACE | {"administrator", "inspector"},
    "units.list": {"administrator"},
    **{f"people.{name}": {"administrator"} for name in ("list", "add", "link", "disable")},
    "people.set_password": CONSOLE,
    **{f"terminals.{name}": {"administrator"} for name in ("list", "add", "link")},
    "audit.list": {"administrator", "auditor"},
}

ANYBODY = {"none", "token", *SEATS}
DEVICES = {"token", "terminal"}
ROUTES = {
    ("POST", "/api/v1/sign-in"): ANYBODY,
    ("POST", "/api/v1/sign-in/link"): ANYBODY,
    ("POST", "/api/v1/sign-out"): ANYBODY,
    ("POST", "/api/v1/visit-code"): ANYBODY,
    ("GET", "/api/v1/terminal/visit"): {"terminal"}, ("GET", "/api/v1/terminal/call"): {"terminal"},
    ("GET", "/api/v1/openrpc.json"): ANYBODY,
    ("GET", "/api/v1/archive/{session}/{file}"): WATCH,
    ("POST", "/api/v1/archive/{session}/snapshots"): {"officer"},
    ("GET", "/api/v1/snapshots/{snapshot}"): WATCH,
    ("GET", "/api/v1/exports/{export}"): {"officer"},
    ("GET", "/api/v1/keys"): CONSOLE, ("GET", "/api/v1/log/checkpoint"): CONSOLE,
    **{("GET", "/api/v1/log/tile/{level}" + rest): {"auditor"}
       for rest in ("/{a}", "/{a}/{b}", "/{a}/{b}/{c}", "/{a}/{b}/{c}/{d}")},
    ("GET", "/api/v1/purges/{purge}/note"): TRACE,
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
            reason = None
            try:
                page.call(row["name"], {"no such parameter": 1})
            except CallError as error:
                reason = error.reason
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


def add(report, node, cookies, visit):
    document = ask(node, "GET", "/api/v1/openrpc.json").json()
    report.case("rights: every method and route is in the table", all_are_listed, document)
    report.case("rights: every method from every seat", methods_by_seat, node, cookies, document)
    report.case("rights: no method without a seat", methods_without_seat, node, document)
    report.case("rights: a cookie opens only its own seat", wrong_seat, node, cookies)
    report.case("rights: every HTTP route from every seat", routes_by_seat, node, cookies, document)
    report.case("rights: an officer of another unit finds nothing", other_unit, node, cookies, visit)
