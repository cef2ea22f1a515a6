"""Origins, tokens, links and codes that must not open."""
from house import code_of, wait_for
from wire import Refused, WebSocket, ask, closed_by, failing_call

FOREIGN = ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1.evil.example"]


def refused_upgrade(node, cookie, origin):
    try:
        WebSocket(node, "console", cookie, origin).close()
    except Refused as refused:
        return refused.status
    return 101


def origins(node, cookies):
    cookie = cookies["officer"]
    for origin in [*FOREIGN, None]:
        assert refused_upgrade(node, cookie, origin) == 403, origin
    for origin in FOREIGN:  # a browser never leaves it out here; what is no browser has no foreign page
        answer = ask(node, "POST", "/api/v1/sign-out", json_body={"seat": "console"}, cookie=cookie, origin=origin)
        assert (answer.status, answer.reason) == (403, "forbidden") and answer.message, f"{origin}: {answer}"
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = ask(node, "POST", "/api/v1/sign-in", b'{"name":"a","password":"b"}',
                     headers={"Content-Type": kind} if kind else {})
        assert answer.status == 400, f"{kind}: {answer}"
    node.page("console", cookie).close()  # it was not signed out


def cookies_of_nobody(node):
    for value in ("", "x", "x" * 4000, "%00", "../../etc/passwd", "' OR 1=1 --"):
        assert closed_by(WebSocket, node, "console", f"yuanjian-console={value}").code == 4401, value


def signed_out(node):
    cookie = node.sign_in("person", "officer")
    page = node.page("console", cookie)
    answer = ask(node, "POST", "/api/v1/sign-out", json_body={"seat": "console"}, cookie=cookie)
    assert answer.status == 200, answer
    assert closed_by(lambda: page).code == 4401
    assert closed_by(WebSocket, node, "console", cookie).code == 4401


def disabled(node, administrator):
    """Who may not come in any more is put out at once, and a link of before does not help."""
    people = administrator.call("people.list")["people"]
    person = next(row["id"] for row in people if row["name"] == "inspector")
    link = node.cli("link", "--person", "inspector")
    page = node.console("inspector")
    administrator.call("people.disable", {"person": person, "disabled": True})
    assert closed_by(lambda: page).code == 4401
    answer = ask(node, "POST", "/api/v1/sign-in/link", json_body={"code": code_of(link)})
    assert answer.status == 401, answer
    administrator.call("people.disable", {"person": person, "disabled": False})


def links(node):
    code = code_of(node.cli("link", "--person", "officer"))
    first = ask(node, "POST", "/api/v1/sign-in/link", json_body={"code": code})
    again = ask(node, "POST", "/api/v1/sign-in/link", json_body={"code": code})
    unknown = ask(node, "POST", "/api/v1/sign-in/link", json_body={"code": code[::-1]})
    assert first.status == 200
    assert (again.status, again.reason) == (401, "link-used") and "new one" in again.message, again
    assert (unknown.status, unknown.reason) == (401, "link-unknown") and "new one" in unknown.message, unknown
    assert "HttpOnly" in first.headers["Set-Cookie"] and "SameSite" in first.headers["Set-Cookie"], first.headers


def pairing(node, officer):
    """A pairing link puts the terminal's old device out when it is used."""
    terminal = node.book(officer)["terminal"]
    old = node.sign_in("terminal", terminal)
    page = node.page("terminal", old)
    new = node.sign_in("terminal", terminal)
    assert closed_by(lambda: page).code in (4401, 4409)
    assert closed_by(WebSocket, node, "terminal", old).code == 4401
    node.page("terminal", new).close()


def visit_code(node, officer):
    booked = node.book(officer)
    code = booked["code"]
    first = node.family_cookie(code)
    page = node.page("visit", first)
    again = ask(node, "POST", "/api/v1/visit-code", json_body={"code": code})
    assert (again.status, again.reason) == (409, "code-in-use") and "close it there" in again.message, again
    assert page.call("ping"), "the holder was disturbed"
    page.close()
    answer = wait_for("the code works again", lambda: held(node, code))
    second = answer.headers["Set-Cookie"].split(";")[0]
    assert closed_by(WebSocket, node, "visit", first).code == 4401, "the old cookie still opens"
    node.page("visit", second).close()
    unknown = ask(node, "POST", "/api/v1/visit-code", json_body={"code": "2222222222"})
    assert (unknown.status, unknown.reason) == (401, "code-unknown") and unknown.message, unknown


def held(node, code):
    answer = ask(node, "POST", "/api/v1/visit-code", json_body={"code": code})
    return answer if answer.status == 200 else None


def new_code(node, officer):
    """A new link for the family makes the code and the cookie of before void, and its page is put out."""
    booked = node.book(officer)
    cookie = node.family_cookie(booked["code"])
    page = node.page("visit", cookie)
    officer.call("visits.link", {"visit": booked["visit"]["id"]})
    assert closed_by(lambda: page).code == 4401
    assert closed_by(WebSocket, node, "visit", cookie).code == 4401
    old = ask(node, "POST", "/api/v1/visit-code", json_body={"code": booked["code"]})
    assert old.status == 401 and old.reason in ("code-unknown", "code-expired"), old


def other_visit(node, officer):
    """The family of one visit asks for another one."""
    mine, other = node.book(officer), node.book(officer)
    cookie = node.family_cookie(mine["code"])
    page = node.page("visit", cookie)
    visit, session = other["visit"]["id"], other["visit"]["session"]
    assert failing_call(page, "visits.get", {"visit": visit}).reason == "forbidden"
    for method, params in (("media.watch", {}), ("media.publish", {"sdp": "v=0"}), ("media.answer", {"sdp": "v=0"}),
                           ("media.close", {"what": "both"})):
        reason = failing_call(page, method, {**params, "visit": visit}).reason
        assert reason in ("bad-params", "forbidden", "not-found"), f"{method}: {reason}"
    assert ask(node, "GET", f"/api/v1/archive/{session}/x", cookie=cookie).status == 403
    assert ask(node, "POST", f"/whip/{session}/family", b"v=0\r\n", cookie=cookie,
               headers={"Content-Type": "application/sdp"}).status == 403
    page.close()


def guesses(node):
    """Wrong passwords: slowed down, told how long, and the right person is not locked out elsewhere."""
    reasons = []
    for _ in range(12):
        answer = ask(node, "POST", "/api/v1/sign-in", json_body={"name": "prison-admin", "password": "wrong horse"})
        reasons.append(answer.reason)
    assert reasons[0] == "bad-credentials" and reasons[-1] == "limit-reached", reasons
    assert answer.status == 429 and answer.json()["error"]["data"]["retry_after_s"] > 0, answer
    unknown = ask(node, "POST", "/api/v1/sign-in", json_body={"name": "there-is-nobody", "password": "wrong horse"})
    assert unknown.reason == "bad-credentials" and unknown.message == "name or password is wrong", unknown
    node.console("prison-admin").close()


def bodies(node):
    for path in ("/api/v1/sign-in", "/api/v1/sign-in/link", "/api/v1/visit-code", "/api/v1/sign-out"):
        for name, body, status in [
            ("not JSON", b"{", 400), ("an array", b"[]", 400), ("nothing", b"", 400),
            ("another member", b'{"code":"x","name":"x","password":"x","seat":"visit","more":1}', 400),
            ("a number", b'{"code":7,"name":7,"password":7,"seat":7}', 400),
            ("10 MB", b'{"code":"' + b"x" * (10 << 20) + b'"}', 413), ("deep", b"[" * 4000, 400),
        ]:
            try:
                answer = ask(node, "POST", path, body, headers={"Content-Type": "application/json"})
            except OSError:
                assert status == 413, f"{path}: {name}"
                continue
            assert answer.status == status and answer.message, f"{path}: {name}: {answer}"


def add(report, node, cookies, officer, administrator):
    report.case("doors: foreign and missing origins with a cookie: 403", origins, node, cookies)
    report.case("doors: cookies that nobody gave: 4401", cookies_of_nobody, node)
    report.case("doors: signed out is out at once", signed_out, node)
    report.case("doors: a disabled person is put out at once", disabled, node, administrator)
    report.case("doors: a one-time link used twice: link-used", links, node)
    report.case("doors: a pairing link puts the old device out", pairing, node, officer)
    report.case("doors: a visit code in use: 409, then it works again", visit_code, node, officer)
    report.case("doors: a new family link makes the old one void", new_code, node, officer)
    report.case("doors: the family of one visit has nothing of another", other_visit, node, officer)
    report.case("doors: guessing passwords is slowed down", guesses, node)
    report.case("doors: bodies that cannot be read: 400 or 413", bodies, node)
