"""A lesson on the running gateway: planned, taught to two offices, checked, decided by a person, signed, counted by month."""
import datetime
import hashlib

from house import Desk, ask, wait_for
from rollcall_cases import JPEG, make_offices
from wire import failing_call


def plan(desk, offices):
    lesson = desk.call("lessons.plan", {"title": "Traffic law", "units": [unit for unit, _ in offices], "minutes": 60})["lesson"]
    assert lesson["state"] == "planned" and lesson["recorded"] and len(lesson["offices"]) == len(offices), lesson
    return lesson["id"], lesson["session"]


def chosen_beforehand(node, offices, lesson):
    """By the office at its own desk: what comes, with itself alone, and who of its people attends."""
    node.cli("person", "add", "--name", "lesson-staff", "--role", "office", "--unit", offices[0][0])
    ours = Desk(node, "lesson-staff")
    mine = ours.call("lessons.mine")["lessons"]
    assert [row["id"] for row in mine] == [lesson] and "figures" not in mine[0], mine
    assert [row["unit"] for row in mine[0]["offices"]] == [offices[0][0]], mine
    people = [{"name": "Wu", "number": "9"}, {"name": "Chen", "number": "5"}]
    office = ours.call("lessons.attend", {"lesson": lesson, "office": 1, "people": people})["office"]
    assert {(one["name"], one["number"]) for one in office["people"]} == {("Wu", "9"), ("Chen", "5")} and not office["confirmed"], office
    assert failing_call(ours.page, "lessons.attend", {"lesson": lesson, "office": 2, "people": people}).reason == "not-found"
    assert failing_call(ours.page, "lessons.attend", {"lesson": lesson, "office": 1, "people": [{"name": ""}]}).reason == "bad-params"
    assert failing_call(ours.page, "lessons.here", {"lesson": lesson, "office": 1}).reason == "wrong-state"
    return ours


def place(desk, lesson, number):
    return desk.call("lessons.get", {"lesson": lesson})["lesson"]["offices"][number - 1]


def join(page):
    call = page.event("terminal.call")
    assert call["kind"] == "lesson" and "until_ms" not in call, call
    assert failing_call(page, "lesson.present", {"call": call["call"]}).reason == "wrong-state"
    page.call("call.answer", {"call": call["call"]})
    now = page.call("lesson.present", {"call": call["call"], "people": [{"name": "=Li", "number": "7"}, {"name": "Wu"}]})
    assert sorted(now["people"]) == ["=Li", "Wu"] and now["confirmed"], now
    return call["call"]


def send_picture(node, cookie, call, body=JPEG):
    return ask(node, "POST", f"/api/v1/terminal/calls/{call}/check-picture", body, cookie=cookie, headers={"Content-Type": "image/jpeg"})


def check(node, desk, lesson, page, cookie, call, ours):
    """Asked; photographed at the terminal, answered from the office's desk; decided by whoever teaches."""
    assert send_picture(node, cookie, call).status == 409
    desk.call("lessons.check", {"lesson": lesson})
    while "check_until_ms" not in page.event("lesson.now"):
        pass
    assert send_picture(node, cookie, call, JPEG[:-1]).status == 400
    got = send_picture(node, cookie, call)
    assert got.status == 200 and got.json()["sha256"] == hashlib.sha256(JPEG).hexdigest(), got
    waiting = ours.call("lessons.mine")["lessons"][0]["offices"][0]
    assert waiting["check_until_ms"] > 0 and waiting["confirmed"], waiting
    assert "check_until_ms" not in ours.call("lessons.here", {"lesson": lesson, "office": 1})["office"]
    assert failing_call(page, "lesson.confirm", {"call": call}).reason == "wrong-state"
    row = desk.call("lessons.get", {"lesson": lesson})["lesson"]["checks"][0]["offices"][0]
    assert row["answer"] == "answered" and row["verdict"] == "open", row
    picture = ask(node, "GET", f"/api/v1/lessons/{lesson}/pictures/1/1", cookie=desk.cookie)
    assert picture.status == 200 and picture.body == JPEG, picture
    desk.call("lessons.judge", {"lesson": lesson, "check": 1, "office": 1, "passed": True})


def counted(node, desk, lesson, unit):
    month = datetime.date.today().strftime("%Y-%m")
    rows = [row for row in desk.call("lessons.hours", {"month": month})["rows"] if row["unit"]["id"] == unit]
    assert {row["name"]: row["passed"] for row in rows} == {"": 1, "=Li": 1, "Wu": 1, "Chen": 0}, rows
    table = ask(node, "GET", f"/api/v1/lessons-hours?month={month}", cookie=desk.cookie)
    lines = [line for line in table.body.decode("utf-8-sig").splitlines() if line.startswith(lesson)]
    assert any(",'=Li,7," in line for line in lines), lines  # no formula for a spreadsheet
    assert ask(node, "GET", "/api/v1/lessons-hours?month=2026-13", cookie=desk.cookie).status == 400
    assert failing_call(desk.page, "lessons.hours", {"month": "2026/11"}).reason == "bad-params"


def lesson_of_offices(node):
    desk, beside = Desk(node, "inspector-county"), Desk(node, "inspector-city")
    offices = make_offices(node, 2)
    cookies = [node.sign_in("terminal", terminal) for _, terminal in offices]
    pages = [node.page("terminal", cookie) for cookie in cookies]
    lesson, session = plan(desk, offices)
    assert failing_call(desk.page, "lessons.end", {"lesson": lesson}).reason == "wrong-state"
    ours = chosen_beforehand(node, offices, lesson)
    desk.call("lessons.start", {"lesson": lesson})
    call = join(pages[0])
    refused = pages[1].event("terminal.call")
    pages[1].call("call.decline", {"call": refused["call"], "reason": "ill"})
    assert failing_call(pages[1], "lesson.present", {"call": call, "people": []}).reason == "not-found"
    device = node.publish(session, "office-1")
    wait_for("its picture comes: it is present", lambda: place(desk, lesson, 1)["present"])
    assert place(desk, lesson, 2)["state"] == "declined" and not place(desk, lesson, 2)["present"]
    assert beside.call("lessons.get", {"lesson": lesson})["lesson"]["id"] == lesson  # above sees it
    # Who is named at the terminal without a number is the one of the register; who does not come is not counted.
    assert {(one["name"], one["number"]) for one in place(desk, lesson, 1)["people"]} == {("=Li", "7"), ("Wu", "9")}
    check(node, desk, lesson, pages[0], cookies[0], call, ours)
    assert failing_call(desk.page, "lessons.floor", {"lesson": lesson, "on": True}).reason == "wrong-state"
    desk.call("lessons.watch", {"lesson": lesson})
    desk.call("lessons.show", {"lesson": lesson, "unit": offices[0][0]})
    desk.call("lessons.end", {"lesson": lesson})
    assert pages[0].event("call.over") == {"call": call, "why": "ended"}
    device.stop()
    assert ours.call("lessons.mine")["lessons"] == []
    desk.call("lessons.sign", {"lesson": lesson})
    signed = wait_for("it is signed", lambda: desk.call("lessons.get", {"lesson": lesson})["lesson"])
    assert signed["state"] == "signed" and len(signed["sha256"]) == 64, signed
    counted(node, desk, lesson, offices[0][0])
    for page in pages:
        page.close()


def add(report, node):
    report.case("lesson: from the plan to the hours of the month", lesson_of_offices, node)
