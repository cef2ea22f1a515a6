"""Spot checks and photos against a running gateway: from the frozen list to the outcome, and a phone that has nothing but a link."""
import hashlib
import json

from house import ask
from wire import failing_call

DETAIL = {"mark": "", "taken_ms": 1, "place": {"state": "given", "lat": 31.2, "lon": 121.4, "accuracy_m": 9}}


def jpeg(size=5000, filling=b"\1"):
    """One grey frame of a header, a scan, and as much in it as is wanted."""
    head = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x40\0\x30\1\1\x11\0\xff\xda\0\2"
    return head + filling * (size - len(head) - 2) + b"\xff\xd9"


def lot(seed, name, weight):
    names = [name] + [f"{name}:{i}" for i in range(2, weight + 1)]
    return min(hashlib.sha256(f"{seed}:{one}".encode()).hexdigest() for one in names)


def drawn_by_hand(spotcheck, items):
    """As docs/protocol.md says it, by somebody who has only what was published."""
    lines = "".join(f"{item['id']} {item['weight']}\n" for item in sorted(items, key=lambda item: item["id"]))
    assert hashlib.sha256(lines.encode()).hexdigest() == spotcheck["list_sha256"]
    both = f"{spotcheck['seed']}:{spotcheck['list_sha256']}"
    assert hashlib.sha256(both.encode()).hexdigest() == spotcheck["published"]
    lots = sorted((lot(spotcheck["seed"], item["id"], item["weight"]), item["id"]) for item in items if item["weight"])
    return [name for _, name in lots[:spotcheck["n"]]]


def plan(page, name, **more):
    return page.call("spotchecks.create", {"client": name, "name": name, "unit": "demo-county-1", "kind": "unit",
                                           "weighting": "hand", "n": 3, **more})


def drawn(node, city):
    answer = plan(city, "system-1", weights={"demo-office-1": 20, "demo-office-11": 3},
                  excluded={"demo-office-21": "it moves house"})
    check = answer["spotcheck"]
    assert check["state"] == "planned" and "seed" not in check and len(answer["items"]) >= 9
    again = plan(city, "system-1", weights={"demo-office-1": 20})["spotcheck"]
    assert again["id"] == check["id"] and again["published"] == check["published"], "asked twice, made once"
    answer = city.call("spotchecks.draw", {"spotcheck": check["id"]})
    found = [item["id"] for item in sorted((item for item in answer["items"] if "rank" in item), key=lambda item: item["rank"])]
    assert found == drawn_by_hand(answer["spotcheck"], answer["items"]) and "demo-office-21" not in found, found
    assert city.call("spotchecks.replay", {"spotcheck": check["id"]})["same"]
    bare = failing_call(city, "spotchecks.outcome", {"spotcheck": check["id"], "item": found[0], "outcome": "skipped"})
    assert bare.reason == "bad-params", bare
    for i, item in enumerate(found):
        answer = city.call("spotchecks.outcome", {"spotcheck": check["id"], "item": item, "text": "as it should be",
                                                  "outcome": "skipped" if i == 0 else "wall"})
    assert answer["spotcheck"]["state"] == "done" and answer["spotcheck"]["skipped"] == 1, answer["spotcheck"]
    county = node.console("inspector-county")
    assert failing_call(county, "spotchecks.get", {"spotcheck": check["id"]}).reason == "not-found"
    assert check["id"] not in [one["id"] for one in county.call("spotchecks.list")["spotchecks"]]
    county.close()


def sealed(node, city):
    """Nothing of a sealed plan is told, nor lies in the index or the log."""
    now = city.call("ping")["now_ms"]
    check = plan(city, "Silver-Harvest", opens_ms=now + 3600_000)["spotcheck"]
    assert check["state"] == "sealed" and not {"name", "unit", "kind", "n", "list_sha256", "seed"} & set(check), check
    listed = next(one for one in city.call("spotchecks.list")["spotchecks"] if one["id"] == check["id"])
    assert "name" not in listed and listed["published"] == check["published"]
    assert failing_call(city, "spotchecks.draw", {"spotcheck": check["id"]}).reason == "wrong-state"
    for path in node.data.rglob("*"):
        if path.is_file() and path.name != "service.log":
            body = path.read_bytes()
            assert b"Silver-Harvest\"" not in body, path
    city.call("spotchecks.withdraw", {"spotcheck": check["id"], "reason": "enough"})


def post(node, ticket, head, picture, kind="application/octet-stream"):
    return ask(node, "POST", f"/api/v1/photo/{ticket}", json.dumps(head).encode() + b"\n" + picture, headers={"Content-Type": kind})


def open_link(node, code):
    return ask(node, "POST", "/api/v1/photo", json.dumps({"code": code}).encode(), headers={"Content-Type": "application/json"})


def by_phone(node, city):
    """A phone without a seat: the link is good once, what it sends is on disk and in the log, and beside the enrolled picture."""
    cookie = node.sign_in("person", "office-1")
    office = node.page("console", cookie)
    asked = office.call("photos.ask", {"subject": "demo-supervisee-1", "reason": "at night"})
    code = asked["url"].split("#link=")[1]
    assert asked["url"].split("#")[0].endswith("/photo") and "hash" not in json.dumps(asked["photo"])
    assert failing_call(office, "photos.ask", {"subject": "demo-supervisee-12", "reason": "x"}).reason == "not-found"
    assert open_link(node, code + "x").status == 404
    told = open_link(node, code).json()
    assert "江望月" not in json.dumps(told, ensure_ascii=False) and told["name"].startswith("江"), told
    head = {**DETAIL, "mark": told["mark"]}
    for what, answer in {
        "no ticket": post(node, "none", head, jpeg()), "another mark": post(node, told["ticket"], {**head, "mark": "x"}, jpeg()),
        "no JPEG": post(node, told["ticket"], head, b"<svg onload=alert(1)>" * 200), "too small": post(node, told["ticket"], head, jpeg(500)),
        "no head": post(node, told["ticket"], [], jpeg()), "another type": post(node, told["ticket"], head, jpeg(), "image/jpeg"),
        "a place that is none": post(node, told["ticket"], {**head, "place": {"state": "given", "lat": 91, "lon": 0}}, jpeg()),
    }.items():
        assert answer.status in (400, 404), f"{what}: {answer}"
    assert post(node, told["ticket"], head, jpeg(3 << 20) + jpeg()).status in (400, 413)
    whole = jpeg()
    answer = post(node, told["ticket"], head, whole)
    assert answer.status == 200 and answer.json()["sha256"] == hashlib.sha256(whole).hexdigest(), answer
    assert post(node, told["ticket"], head, whole).status == 404 and open_link(node, code).reason == "photo-used"
    photo = office.event("photo.changed")["photo"]
    while photo["state"] != "answered":
        photo = office.event("photo.changed")["photo"]
    assert [path.read_bytes() for path in (node.data / "photos").iterdir()] == [whole]
    assert ask(node, "GET", photo["picture"], cookie=cookie).body == whole
    stranger = node.sign_in("person", "inspector-ministry")
    assert ask(node, "GET", photo["picture"], cookie=stranger).status == 200, "above"
    node.cli("person", "add", "--name", "photo-stranger", "--role", "office", "--unit", "demo-office-2")
    assert ask(node, "GET", photo["picture"], cookie=node.sign_in("person", "photo-stranger")).status == 404
    enrol = "/api/v1/supervisees/demo-supervisee-1/picture"
    assert ask(node, "POST", enrol, jpeg(filling=b"\2"), cookie=cookie, headers={"Content-Type": "image/jpeg"}).status == 200
    assert ask(node, "GET", enrol, cookie=cookie).body == jpeg(filling=b"\2")
    judged = office.call("photos.judge", {"photo": photo["id"], "verdict": "same"})["photo"]
    assert judged["verdict"] == "same" and judged["supervisee"]["picture"].startswith(enrol), judged
    auditor = node.console("auditor")
    row = next(row for row in auditor.call("audit.list")["entries"] if row["action"] == "photo.answer")
    assert hashlib.sha256(whole).hexdigest() in json.dumps(row["detail"]), row
    auditor.close()
    office.close()


def add(report, node):
    city = node.console("inspector-city")
    report.case("spot checks: drawn as anybody can by hand, nobody skipped without a reason", drawn, node, city)
    report.case("spot checks: a sealed plan says nothing", sealed, node, city)
    report.case("photos: a phone with a link, once", by_phone, node, city)
    city.close()
