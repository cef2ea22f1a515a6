"""A location alarm on the running gateway: posted twice, one case; the office is called; the result comes back to a platform that
fails twice first. What the map knows, and who may not see any of it."""
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time

from house import Desk, Node, ask, wait_for
from rollcall_cases import make_offices
from wire import CallError

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000500010d0a2db40000000049454e44ae426082")


def fails(desk, method, params):
    try:
        desk.call(method, params)
    except CallError as error:
        return error
    raise AssertionError(f"{method} did not fail")


class Receiver(http.server.BaseHTTPRequestHandler):
    """A platform's address for results: 500, then nothing at all, then 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        if len(self.server.got) == 1:
            self.send_response(500)
            self.end_headers()
        elif len(self.server.got) > 2:
            self.send_response(204)
            self.end_headers()

    def log_message(self, *_):
        pass


def receive():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def alarm(name="a-1", **more):
    return {"alarm_id": name, "person_ref": "p-1", "unit_code": "demo-office-1", "kind": "越界", "occurred_at": "2026-03-29T17:00:00+08:00",
            "lat": 31.17530398364597, "lon": 121.531541859215, "datum": "GCJ02", "accuracy": 20, **more}


def post(node, token, body, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(node, "POST", "/api/v1/alarms", raw,
               headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}", **headers})


def refused(node, token):
    for what, body, status in [
        ("no JSON", b"{", 400), ("a list", b"[]", 400), ("nothing", b"", 400), ("no datum", {**alarm(), "datum": None}, 400),
        ("another kind", alarm(kind="rain"), 400), ("no zone", alarm(occurred_at="2026-03-29T17:00:00"), 400),
        ("what nobody knows", alarm(phone="1"), 400), ("too large", alarm(device="x" * 9000), 413), ("deep", b"[" * 7000, 400),
        ("twice the same member", b'{"alarm_id":"a","alarm_id":"b"}', 400),
    ]:
        answer = post(node, token, body)
        assert answer.status == status and answer.message, f"{what}: {answer}"
    assert post(node, token, alarm(), **{"Content-Type": "text/plain"}).status == 400
    assert post(node, "x" * 43, alarm()).status == 401


def join(node, desk, token):
    """Posted by many at once, and again: one case, with where it is in WGS84."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(post(node, token, alarm()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer.status == 200 for answer in answers), answers
    found = {answer.json()["case_id"] for answer in answers}
    assert len(found) == 1 and sum(not answer.json()["known"] for answer in answers) == 1, answers
    case = found.pop()
    assert post(node, token, alarm("a-2", kind="失联", occurred_at="2026-03-29T16:00:00+08:00")).json()["case_id"] == case
    got = desk.call("cases.get", {"case": case})
    one = got["case"]
    assert one["kind"] == "left-area" and one["n_alarms"] == 2, one
    assert abs(one["lat"] - 31.1774276) < 1e-6 and abs(one["lon"] - 121.5272106) < 1e-6, one
    assert one["alarms"][0]["sent"]["datum"] == "GCJ02" and one["unit"]["id"] == "demo-office-1"
    return case


def strangers(node, case):
    county = Desk(node, "inspector-county-2")
    assert fails(county, "cases.get", {"case": case}).reason == "not-found"
    assert fails(county, "cases.act", {"case": case, "action": "call", "result": "answered"}).reason == "not-found"
    assert case not in [row["id"] for row in county.call("cases.list")["cases"]]
    assert case not in [row["id"] for row in county.call("map.get")["cases"]]


def call_office(node, desk, case, terminal):
    """Rings; the room's end is the action's result."""
    room = desk.call("cases.call", {"case": case})["room"]
    call = terminal.event("terminal.call")
    assert call["kind"] == "emergency" and call["session"] == room["session"], call
    assert fails(desk, "cases.call", {"case": case}).reason == "wrong-state"
    terminal.call("call.answer", {"call": call["call"]})
    wait_for("the room knows", lambda: desk.call("rooms.get", {"room": room["id"]})["room"]["answered"] == 1)
    load = node.publish(room["session"], room_party(call))
    wait_for("it is seen", lambda: desk.call("rooms.get", {"room": room["id"]})["room"]["members"][0]["connected"])
    desk.call("rooms.join", {"room": room["id"]})
    assert "m=video" in desk.call("media.watch", {"visit": room["id"]})["sdp"]
    time.sleep(1.5)  # something to keep
    ended = desk.call("rooms.end", {"room": room["id"]})["room"]
    load.stop()
    assert ended["state"] == "ended"
    action = desk.call("cases.get", {"case": case})["case"]["actions"][0]
    assert action["action"] == "office" and action["result"] == "answered" and action["session"] == room["session"], action
    return room["session"]


def room_party(call):
    return call["party"]


def result(node, desk, case, session, receiver, secret):
    """Not before each action has its result; then told until it is acknowledged, with the sum of the recording's manifest."""
    desk.call("cases.act", {"case": case, "action": "photo", "request": "photo-1"})
    assert fails(desk, "cases.close", {"case": case, "n": 1}).reason == "wrong-state"
    desk.call("cases.result", {"case": case, "n": 2, "result": "no-answer"})
    desk.call("cases.close", {"case": case, "n": 1, "note": "at home"})
    assert fails(desk, "cases.close", {"case": case, "n": 1}).reason == "wrong-state"
    wait_for("the platform has it", lambda: desk.call("cases.get", {"case": case})["callback"]["state"] == "done", 90)
    assert len(receiver.got) == 3 and desk.call("cases.get", {"case": case})["callback"]["tries"] == 3
    headers, body = receiver.got[-1]
    told = json.loads(body)
    assert all(other[1] == body for other in receiver.got), "the same each time"
    assert told["case_id"] == case and told["alarm_ids"] == ["a-1", "a-2"] and told["person_ref"] == "p-1", told
    assert (told["action"], told["result"], told["recording_id"]) == ("office", "answered", session), told
    assert [row["result"] for row in told["actions"]] == ["answered", "no answer"] and told["officer"] and told["closed_at"]
    manifest = (node.data / "archive" / session / "manifest.json").read_bytes()
    assert told["sha256"] == hashlib.sha256(manifest).hexdigest(), told
    key = hashlib.sha256(secret.encode()).hexdigest()
    assert headers["X-Yuanjian-Signature"] == "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def tiles(node, desk, cookie):
    assert "tiles" not in desk.call("map.get")
    folder = node.data / "tiles" / "3" / "6"
    folder.mkdir(parents=True)
    (folder / "3.png").write_bytes(PNG)
    (node.data / "tiles" / "secret.png").write_bytes(PNG)
    assert desk.call("map.get")["tiles"] == {"min": 3, "max": 3}
    answer = ask(node, "GET", "/api/v1/map/tiles/3/6/3", cookie=cookie)
    assert answer.status == 200 and answer.body == PNG and answer.headers["Content-Type"] == "image/png"
    for where in ("3/6/4", "3/8/3", "3/-1/3", "23/0/0", "3/6/3.png", "..%2f3/6/3", "%2e%2e/secret/x", "3/6/0x3", "3/6/ 3"):
        assert ask(node, "GET", f"/api/v1/map/tiles/{where.replace(' ', '%20')}", cookie=cookie).status == 404, where


def places(node, desk):
    admin = Desk(node, "admin")
    admin.call("map.place", {"object": "unit:demo-office-1", "lat": 39.91334545536069, "lon": 116.38404722455657, "datum": "GCJ02"})
    unit = next(row for row in desk.call("map.get")["units"] if row["id"] == "demo-office-1")
    assert abs(unit["lat"] - 39.911954) < 1e-6 and abs(unit["lon"] - 116.377817) < 1e-6, unit
    assert fails(admin, "map.place", {"object": "unit:demo-office-1", "lat": 99, "lon": 0}).reason == "bad-params"
    assert fails(admin, "map.place", {"object": "unit:none", "lat": 9, "lon": 0}).reason == "not-found"
    assert admin.call("map.get")["cases"] == []


def emergency(desk, units, terminals):
    plan = desk.call("emergency.save-plan", {"name": "Escape", "unit": "demo-county-1", "units": units, "sentence": "Report."})["plan"]
    other = {"name": "x", "unit": "demo-county-2", "tiers": ["office"]}
    assert fails(desk, "emergency.save-plan", other).reason == "not-found"
    room = desk.call("emergency.open", {"plan": plan["id"]})["room"]
    call = terminals[0].event("terminal.call")
    terminals[0].call("call.answer", {"call": call["call"]})
    terminals[1].call("call.decline", {"call": terminals[1].event("terminal.call")["call"]})
    wait_for("who answered is known", lambda: sorted(
        member["state"] for member in desk.call("rooms.get", {"room": room["id"]})["room"]["members"]) == ["answered", "declined"])
    desk.call("rooms.end", {"room": room["id"]})
    assert terminals[0].event("call.over")["why"] == "ended"
    desk.call("emergency.delete-plan", {"plan": plan["id"]})
    assert fails(desk, "emergency.open", {"plan": plan["id"]}).reason == "not-found"


def after_a_crash(node):
    """The room goes on: who had answered is in it, who rang rings again, and the sentence is spoken to who comes."""
    desk = Desk(node, "inspector-county")
    offices = make_offices(node, 2)
    cookies = [node.sign_in("terminal", terminal) for _, terminal in offices]
    terminals = [node.page("terminal", cookie) for cookie in cookies]
    plan = desk.call("emergency.save-plan", {"name": "Flood", "unit": "demo-county-1", "units": [unit for unit, _ in offices],
                                             "sentence": "请报告人数。"})["plan"]
    room = desk.call("emergency.open", {"plan": plan["id"]})["room"]
    calls = [terminal.event("terminal.call") for terminal in terminals]
    assert all(call["sentence"] == "请报告人数。" for call in calls)
    terminals[0].call("call.answer", {"call": calls[0]["call"]})
    wait_for("one has answered", lambda: desk.call("rooms.get", {"room": room["id"]})["room"]["answered"] == 1)
    Desk(node, "auditor").call("audit.list", {"limit": 1})  # read after it: what was written before is on disk
    node.kill()
    node.launch()
    desk = Desk(node, "inspector-county")
    terminals = [node.page("terminal", cookie) for cookie in cookies]
    again = [terminal.event("terminal.call") for terminal in terminals]
    assert again[0]["call"] == calls[0]["call"] and again[0]["answered"] and not again[1]["answered"], again
    found = desk.call("rooms.get", {"room": room["id"]})["room"]
    assert found["session"] == room["session"] and found["state"] == "open" and found["spot"] == 1, found
    load = node.publish(room["session"], again[0]["party"])
    terminals[1].call("call.answer", {"call": again[1]["call"]})
    wait_for("both are in it", lambda: desk.call("rooms.get", {"room": room["id"]})["room"]["answered"] == 2)
    if shutil.which("espeak-ng") and shutil.which("ffmpeg"):
        wait_for("the sentence is said", lambda: "emergency.say" in [
            row["action"] for row in Desk(node, "auditor").call("audit.list", {"limit": 60})["entries"]], 60, 1)
    load.stop()
    desk.call("rooms.end", {"room": room["id"]})
    desk.call("emergency.delete-plan", {"plan": plan["id"]})


def each_its_own(node, admin, secret):
    """A token that fetches posts nothing, and the other way round; each is heard of, and of its part of the tree."""
    unit = "/api/v1/reports/events.csv?unit="
    made = admin.call("platforms.add", {"name": "assessment", "unit": "demo-county-1", "may": "events"})
    fetch = lambda token, at: ask(node, "GET", unit + at, headers={"Authorization": f"Bearer {token}"})
    assert fails(admin, "platforms.add", {"name": "x", "unit": "demo-county-1", "may": "events,all"}).reason == "bad-params"
    assert "heard_ms" not in made["platform"] and made["platform"]["may"] == ["events"], made
    answer = fetch(made["token"], "demo-county-1")
    assert answer.status == 200 and answer.body.startswith(b"event_id,unit,person,kind,time,value,evidence_ids,formula_version"), answer
    assert answer.body.count(b"\n") > 1, "what was done about the alarm is in it"
    assert fetch(made["token"], "demo-county-2").status == 404 and fetch(made["token"], "demo-city").status == 404
    assert post(node, made["token"], alarm("a-8")).status == 403
    assert fetch(secret, "demo-county-1").status == 403
    assert ask(node, "GET", "/api/v1/reports/events.csv?unit=demo-county-1").status == 401
    rows = {row["name"]: row for row in admin.call("platforms.list")["platforms"]}
    assert rows["assessment"]["heard_ms"] > 0 and "deliveries" not in rows["assessment"]
    assert rows["bracelets"]["deliveries"] == {"waiting": 0, "done": 1}, rows
    sent = admin.call("platforms.deliveries", {"platform": rows["bracelets"]["id"]})["deliveries"]
    assert [(row["state"], row["tries"]) for row in sent] == [("done", 3)], sent
    admin.call("platforms.retry", {"platform": rows["bracelets"]["id"]})
    admin.call("platforms.revoke", {"platform": rows["assessment"]["id"]})
    assert fetch(made["token"], "demo-county-1").status == 401


def from_alarm_to_result(node, receiver):
    secret = node.cli("platform", "add", "--name", "bracelets", "--unit", "demo-county-1", "--callback",
                      f"http://127.0.0.1:{receiver.server_port}/result")
    admin = Desk(node, "admin")
    assert fails(admin, "platforms.add", {"name": "other", "unit": "demo-county-1", "callback": "http://169.254.169.254/"}).reason == "bad-params"
    desk = Desk(node, "inspector-county")
    node.cli("person", "add", "--name", "inspector-county-2", "--role", "inspector", "--unit", "demo-county-2")
    offices = make_offices(node, 2)
    terminals = [node.page("terminal", node.sign_in("terminal", terminal)) for _, terminal in offices]
    refused(node, secret)
    case = join(node, desk, secret)
    strangers(node, case)
    desk.call("cases.assign", {"case": case, "unit": offices[0][0]})
    session = call_office(node, desk, case, terminals[0])
    result(node, desk, case, session, receiver, secret)
    emergency(desk, [unit for unit, _ in offices], terminals)
    each_its_own(node, admin, secret)
    platform = next(row["id"] for row in node.json("platform", "list") if row["name"] == "bracelets")
    node.cli("platform", "revoke", platform)
    assert post(node, secret, alarm("a-9")).status == 401


def by_files(node, drop):
    """A platform that can only write files: rows of either way are the same alarms."""
    secret = node.cli("platform", "add", "--name", "files", "--unit", "demo-county-1")
    platform = next(row["id"] for row in node.json("platform", "list") if row["name"] == "files")
    known = post(node, secret, alarm("f-1", person_ref="p-files"))
    folder = drop / platform
    folder.mkdir()
    head = "alarm_id,person_ref,unit_code,kind,occurred_at,lat,lon,datum\r\n"
    part = folder / "night.csv.part"
    part.write_bytes(b"\xef\xbb\xbf" + head.encode() + "".join(
        f"{name},p-files,demo-office-1,{kind},2026-03-29T17:0{n}:00+08:00,31.17,121.53,GCJ02\r\n"
        for n, (name, kind) in enumerate((("f-1", "越界"), ("f-2", "关机"), ("f-3", "gone")))).encode())
    part.rename(folder / "night.csv")
    os.symlink("/etc/passwd", folder / "passwd.csv")
    wait_for("both are taken", lambda: not list(folder.glob("*.csv")), 60)
    case = known.json()["case_id"]
    lines = (folder / "done" / "night.csv.result.csv").read_text().splitlines()
    assert lines[1:3] == [f"2,f-1,known,{case},", f"3,f-2,taken,{case},"] and lines[3].startswith("4,,refused,,"), lines
    assert "only plain files" in (folder / "done" / "passwd.csv.result.csv").read_text()
    assert len(Desk(node, "inspector-county").call("cases.get", {"case": case})["case"]["alarms"]) == 2
    shown = {row["name"]: row for row in Desk(node, "admin").call("platforms.list")["platforms"]}["files"]["files"]
    assert shown["there"] and shown["waiting"] == 0 and "problem" not in shown, shown
    node.cli("platform", "revoke", platform)
    assert "files" not in {row["name"]: row for row in Desk(node, "admin").call("platforms.list")["platforms"]}["files"]
    shutil.rmtree(drop)


def map_and_tiles(node):
    desk = Desk(node, "inspector-city")
    places(node, desk)
    tiles(node, desk, node.sign_in("person", "inspector-city"))


def add(report):
    receiver = receive()
    drop = pathlib.Path(tempfile.mkdtemp(prefix="alarms-"))
    node = Node(config=f"[media]\naddresses=127.0.0.1\nbind=127.0.0.1\n[cases]\ncallback-hosts=127.0.0.1:{receiver.server_port}\n"
                       f"drop-folder={drop}\n")
    report.case("an alarm posted twice is one case: called, closed, told until acknowledged", from_alarm_to_result, node, receiver)
    report.case("alarms come in as files too: what is refused is said beside them", by_files, node, drop)
    report.case("a room goes on after the service was killed: who answered, who rings, what is said first", after_a_crash, node)
    report.case("the map shows where units are, on tiles of one's own", map_and_tiles, node)
    return node
