"""Duty and reports on a running gateway: a ticket that was closed is in the log of the shift, in the bulletin of the month and in its PDF."""
import csv
import io
import time

from house import ask
from wire import CallError, failing_call


def minute(hours):
    return time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + hours * 3600))


def closed_ticket(node, client):
    city, office = node.console("inspector-city"), node.console("office-1")
    ticket = city.call("tickets.create", {"client": client, "units": ["demo-office-1"], "type": "files",
                                          "text": "the register of March"})["tickets"][0]
    office.call("tickets.reply", {"ticket": ticket["id"], "text": "written up"})
    city.call("tickets.close", {"ticket": ticket["id"]})
    office.close()
    city.close()
    return ticket


def eventually(check):
    """The node's log comes first; what is made of it is there within seconds."""
    for _ in range(50):
        found = check()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come")


def log_and_hand_over(node):
    city = node.console("inspector-city")
    shift = {"unit": "demo-city", "leader": "demo-inspector-city", "members": []}
    city.call("duty.add", {**shift, "from": minute(-1), "until": minute(5)})
    city.call("duty.add", {**shift, "from": minute(5), "until": minute(10)})
    error = failing_call(city, "duty.add", {**shift, "from": minute(4), "until": minute(6)})
    assert error.reason == "wrong-state", error
    city.call("duty.publish", {"unit": "demo-city"})
    on = next(one for one in city.call("duty.now")["shifts"] if one["unit"]["id"] == "demo-city" and one["state"] == "on-duty")
    ticket = closed_ticket(node, "duty-0001")
    wanted = {"ticket-issued", "ticket-replied", "ticket-closed"}
    eventually(lambda: wanted <= {line["kind"] for line in city.call("duty.get", {"shift": on["id"]})["log"]
                                  if line.get("object") == f"ticket:{ticket['id']}"})
    city.call("duty.note", {"shift": on["id"], "text": "the county sends its list tomorrow"})
    answer = city.call("duty.hand-over", {"shift": on["id"]})
    assert answer["shift"]["state"] == "handing-over" and [one["kind"] for one in answer["items"]].count("note") == 1, answer
    assert failing_call(city, "duty.line", {"shift": on["id"], "text": "later"}).reason == "wrong-state"
    county = node.console("inspector-county")
    assert failing_call(county, "duty.get", {"shift": on["id"]}).reason == "not-found"
    county.close()
    city.close()


def bulletin(node):
    ticket = closed_ticket(node, "duty-0002")
    city, province = node.console("inspector-city"), node.console("inspector-province")
    month = time.strftime("%Y-%m")

    def drafted():
        try:
            return city.call("reports.draft", {"unit": "demo-city", "period": month, "language": "zh"})
        except CallError as error:
            assert error.reason == "wrong-state", error
            report = next(one for one in city.call("reports.list")["reports"] if one["period"] == month)
            return city.call("reports.get", {"report": report["id"]})

    eventually(lambda: any(one["object"] == f"ticket:{ticket['id']}" and one["kind"] == "ticket-closed" for one in city.call(
        "reports.events", {"unit": "demo-city", "from_ms": 0, "until_ms": 1 << 45, "kinds": ["ticket-closed"]})["events"]))
    report = drafted()["report"]
    assert f"{ticket['number']},已销号" in report["body"]["problems"], report["body"]
    which = {"report": report["id"], "n": report["n"]}
    report = city.call("reports.submit", which)["report"]
    which["n"] = report["n"]
    assert failing_call(city, "reports.approve", which).reason == "forbidden"
    report = province.call("reports.approve", which)["report"]
    assert report["number"] == 1 and report["state"] == "approved", report
    cookie = node.sign_in("person", "inspector-city")
    page = ask(node, "GET", f"/api/v1/reports/{report['id']}/page", cookie=cookie)
    assert page.status == 200 and ticket["number"] in page.body.decode() and "第 1 期" in page.body.decode(), page
    pdf = ask(node, "GET", f"/api/v1/reports/{report['id']}/pdf", cookie=cookie)
    assert pdf.status == 200 and pdf.body.startswith(b"%PDF-") and len(pdf.body) > 4000, pdf
    county = node.sign_in("person", "inspector-county")
    assert ask(node, "GET", f"/api/v1/reports/{report['id']}/pdf", cookie=county).status == 404
    city.close()
    province.close()


def export_only_grows(node):
    cookie = node.sign_in("person", "inspector-city")

    def rows(after=0):
        answer = ask(node, "GET", f"/api/v1/reports/events.csv?unit=demo-city&after={after}", cookie=cookie)
        assert answer.status == 200, answer
        return list(csv.DictReader(io.StringIO(answer.body.decode())))

    before = rows()
    assert before and before[0]["formula_version"] == "1", before
    ticket = open_ticket(node)
    eventually(lambda: any(row["evidence_ids"] == f"ticket:{ticket}" for row in rows(before[-1]["event_id"])))
    assert rows()[:len(before)] == before
    for query in ("", "?unit=nobody", "?unit=demo-province", "?unit=demo-city&after=x", "?unit=demo-city&after=-1"):
        assert ask(node, "GET", f"/api/v1/reports/events.csv{query}", cookie=cookie).status in (400, 404), query


def open_ticket(node):
    city = node.console("inspector-city")
    ticket = city.call("tickets.create", {"client": "duty-0003", "units": ["demo-office-1"], "type": "files", "text": "one more"})
    city.close()
    return ticket["tickets"][0]["id"]


def add(report, node):
    report.case("duty: the log writes itself and is handed over", log_and_hand_over, node)
    report.case("duty: the bulletin of the month has the closed ticket, and a PDF", bulletin, node)
    report.case("duty: the export only grows", export_only_grows, node)
