"""Tickets over HTTP: what is no picture, too large, of another unit, or sent twice."""
import hashlib
import struct
import zlib

from house import ask
from wire import failing_call

MAX_BYTES = 8 << 20


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(filling=b""):
    """One grey pixel, with as much beside it as is wanted."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", filling) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND")


def post(node, ticket, body, cookie, kind="image/png", query="source=phone&place=room%201"):
    return ask(node, "POST", f"/api/v1/tickets/{ticket}/pictures?{query}", body, cookie=cookie, headers={"Content-Type": kind})


def draft(page, name="system-0001"):
    return page.call("tickets.create", {"client": name, "units": ["demo-office-1"], "type": "files", "text": "five are missing",
                                        "draft": True})["tickets"][0]["id"]


def refused_content(node, city, cookie):
    """The type is what the bytes are: nothing else is kept, and nothing is looked at inside."""
    ticket, whole = draft(city), png()
    for what, body, kind in [
        ("a page", b"<svg onload=alert(1)>" * 9, "image/png"), ("a page as a page", b"<html>" * 9, "text/html"), ("nothing", b"", "image/png"),
        ("cut off", whole[:-1], "image/png"), ("something behind it", whole + b"<script>", "image/png"),
        ("another type", whole, "image/jpeg"), ("svg", b"<svg/>" * 9, "image/svg+xml"),
    ]:
        answer = post(node, ticket, body, cookie, kind)
        assert answer.status in (400, 415), f"{what}: {answer}"
    for query in ("source=elsewhere", "at_ms=-1", "at_ms=x", "taken_ms=99999999999999999", "place=" + "x" * 300):
        answer = post(node, ticket, whole, cookie, query=query)
        assert answer.status == 400, f"{query}: {answer}"
    assert not city.call("tickets.get", {"ticket": ticket})["pictures"]


def limits(node, city, cookie):
    ticket = draft(city, "system-0002")
    largest = png(b"x" * (MAX_BYTES - len(png())))
    assert len(largest) == MAX_BYTES and post(node, ticket, largest, cookie).status == 200
    assert post(node, ticket, png(b"x" * MAX_BYTES), cookie).status == 413
    for i in range(39):
        assert post(node, ticket, png(b"%d" % i), cookie).status == 200
    assert post(node, ticket, png(b"one more"), cookie).status == 429
    assert post(node, ticket, png(b"0"), cookie).status == 200, "the same picture again is no new one"


def whose(node, city, cookie):
    """The picture is on disk with its sum, in the log, and nobody's but those of the ticket."""
    ticket, whole = draft(city, "system-0003"), png(b"evidence")
    picture = post(node, ticket, whole, cookie).json()["picture"]
    assert post(node, ticket, whole, cookie).json()["picture"]["id"] == picture["id"]
    assert picture["sha256"] == hashlib.sha256(whole).hexdigest()
    files = [path.read_bytes() for path in (node.data / "tickets" / ticket).iterdir()]
    assert files == [whole], [len(body) for body in files]
    office = node.sign_in("person", "office-1")
    node.cli("person", "add", "--name", "other-office", "--role", "office", "--unit", "demo-office-2")
    node.cli("person", "add", "--name", "other-county", "--role", "inspector", "--unit", "demo-county-2")
    strangers = {name: node.sign_in("person", name) for name in ("other-office", "other-county")}
    sheet = f"/api/v1/tickets/{ticket}/sheet"
    for name, other in {**strangers, "before it is sent": office}.items():
        for address in (picture["url"], sheet):
            assert ask(node, "GET", address, cookie=other).status == 404, f"{address} by {name}"
        assert post(node, ticket, whole, other).status == 404, name
    city.call("tickets.issue", {"ticket": ticket})
    answer = ask(node, "GET", picture["url"], cookie=office)
    assert answer.status == 200 and answer.body == whole and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<img" in ask(node, "GET", sheet, cookie=office).body.decode()
    for name, other in strangers.items():
        assert ask(node, "GET", picture["url"], cookie=other).status == 404, name
        page = node.page("console", other)
        assert failing_call(page, "tickets.get", {"ticket": ticket}).reason == "not-found", name
        assert not page.call("tickets.list", {})["tickets"], name
        page.close()
    other = draft(city, "system-0004")
    assert ask(node, "GET", f"/api/v1/tickets/{other}/pictures/{picture['id']}", cookie=cookie).status == 404
    assert post(node, ticket, png(b"late"), cookie).status == 409, "evidence after it was sent"


def add(report, node):
    cookie = node.sign_in("person", "inspector-city")
    city = node.page("console", cookie)
    report.case("tickets: what is no picture is not kept", refused_content, node, city, cookie)
    report.case("tickets: 8 MB, 40 pictures, and not one more", limits, node, city, cookie)
    report.case("tickets: a picture belongs to its ticket", whose, node, city, cookie)
    city.close()
