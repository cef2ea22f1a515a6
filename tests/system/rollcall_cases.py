"""A roll-call of offices on the running gateway: one that answers by its page, one by WHIP, one that never comes."""
import hashlib
import time

from house import Desk, ask, wait_for
from wire import failing_call

JPEG = bytes.fromhex("ffd8ffc0000b080001000101011100ffda0008010100003f0000ffd9")


def make_offices(node, n, parent="demo-county-1"):
    """n offices with a terminal each: [(unit, terminal)]."""
    made = []
    for i in range(1, n + 1):
        name = f"Office {i} of {time.monotonic_ns()}"
        node.cli("unit", "add", "--name", name, "--tier", "office", "--parent", parent)
        unit = next(row["id"] for row in node.json("unit", "list") if row["name"] == name)
        node.cli("terminal", "add", "--name", name, "--unit", unit)
        made.append((unit, next(row["id"] for row in node.json("terminal", "list") if row["name"] == name)))
    return made


def states(desk, rollcall):
    return {row["unit"]: row for row in desk.call("rollcall.get", {"rollcall": rollcall})["offices"]}


def post_picture(node, cookie, call, body):
    return ask(node, "POST", f"/api/v1/terminal/calls/{call}/picture", body, cookie=cookie, headers={"Content-Type": "image/jpeg"})


def answer_by_page(node, cookies, pages):
    """Rings where it should, is answered once, by nobody else; what the page adds is bounded and looked at."""
    call = pages[0].event("terminal.call")
    assert call["kind"] == "roll-call" and not call["answered"] and call["until_ms"] > 0, call
    other = pages[1].event("terminal.call")
    assert failing_call(pages[1], "call.answer", {"call": call["call"]}).reason == "not-found"
    assert failing_call(pages[1], "call.answer", {"call": "call-none"}).reason == "not-found"
    assert failing_call(pages[0], "rollcall.sign", {"call": call["call"], "signer": "early"}).reason == "wrong-state"
    assert post_picture(node, cookies[0], call["call"], JPEG).status == 409
    answer = pages[0].call("call.answer", {"call": call["call"]})
    assert answer["session"] == call["session"] and answer["party"] == call["party"], answer
    assert failing_call(pages[0], "call.answer", {"call": call["call"]}).reason == "wrong-state"
    assert pages[0].call("rollcall.sign", {"call": call["call"], "signer": "Somebody"})["signer"] == "Somebody"
    assert post_picture(node, cookies[0], call["call"], JPEG[:-1]).status == 400
    assert post_picture(node, cookies[0], call["call"], b"\0" * 300000).status == 413
    assert post_picture(node, cookies[1], call["call"], JPEG).status == 404
    got = post_picture(node, cookies[0], call["call"], JPEG)
    assert got.status == 200 and got.json()["sha256"] == hashlib.sha256(JPEG).hexdigest(), got
    assert post_picture(node, cookies[0], call["call"], JPEG).status == 409
    return call, other


def rollcall(node):
    """From start to sheet."""
    desk = Desk(node, "inspector-county")
    offices = make_offices(node, 3)
    cookies = [node.sign_in("terminal", terminal) for _, terminal in offices[:2]]
    pages = [node.page("terminal", cookie) for cookie in cookies]
    started = desk.call("rollcall.start", {"units": [unit for unit, _ in offices], "clock_s": 8, "name": "Morning"})
    head = started["rollcall"]
    call, _ = answer_by_page(node, cookies, pages)
    # a second inspector, above: told who has it
    above = Desk(node, "inspector-city")
    second = above.call("rollcall.start", {"units": [offices[0][0]], "clock_s": 5})
    assert second["offices"][0]["state"] == "busy" and second["offices"][0]["busy_with"] == head["by"], second
    above.call("rollcall.end", {"rollcall": second["rollcall"]["id"]})
    # a device without a page: publishing as the call's party is its answer
    device = node.publish(head["session"], "office-2")
    wait_for("the device has answered", lambda: states(desk, head["id"])[offices[1][0]]["state"] == "answered")
    wait_for("the third is absent", lambda: states(desk, head["id"])[offices[2][0]]["state"] == "absent")
    assert desk.call("rollcall.again", {"rollcall": head["id"]})["called"] == 1
    desk.call("rollcall.excuse", {"rollcall": head["id"], "unit": offices[2][0], "reason": "power cut"})
    desk.call("rollcall.watch", {"rollcall": head["id"]})
    desk.call("rollcall.turn", {"rollcall": head["id"], "unit": offices[0][0]})
    assert pages[0].event("rollcall.turn")["turn"] is True
    assert failing_call(desk.page, "rollcall.turn", {"rollcall": head["id"], "unit": offices[2][0]}).reason == "wrong-state"
    assert failing_call(desk.page, "rollcall.talk", {"rollcall": head["id"], "to": "*"}).reason == "wrong-state"
    ended = desk.call("rollcall.end", {"rollcall": head["id"]})
    assert pages[0].event("call.over") == {"call": call["call"], "why": "ended"}
    device.stop()
    assert failing_call(desk.page, "rollcall.end", {"rollcall": head["id"]}).reason == "wrong-state"
    check_sheet(node, desk, ended, offices)
    for page in pages:
        page.close()


def check_sheet(node, desk, ended, offices):
    head = ended["rollcall"]
    assert head["figures"]["answered"] == 2 and head["figures"]["excused"] == 1, head
    path = f"/api/v1/rollcalls/{head['id']}/sheet"
    text = ask(node, "GET", path + "?as=json", cookie=desk.cookie)
    assert hashlib.sha256(text.body).hexdigest() == head["sheet_sha256"], text
    rows = {row["unit"]: row for row in text.json()["offices"]}
    assert rows[offices[0][0]]["signer"] == "Somebody" and rows[offices[2][0]]["reason"] == "power cut", rows
    page = ask(node, "GET", path, cookie=desk.cookie)
    assert head["sheet_sha256"].encode() in page.body and b"power cut" in page.body, page
    entry = wait_for("it is in the log", lambda: "sheet_entry" in desk.call("rollcall.get", {"rollcall": head["id"]})["rollcall"])
    assert entry
    picture = ask(node, "GET", f"/api/v1/rollcalls/{head['id']}/pictures/1", cookie=desk.cookie)
    assert picture.status == 200 and picture.body == JPEG, picture
    beside = node.sign_in("person", "officer")
    assert ask(node, "GET", path, cookie=beside).status == 403
    wait_for("its recording is sealed", lambda: any(
        row["session"] == head["session"] and row["state"] == "sealed" for row in node.archived()), 40)


def add(report, node):
    report.case("rollcall: from ringing to the sheet in the archive", rollcall, node)
