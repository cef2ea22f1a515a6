"""The wall of inspectors: many that send, some of them shown; whoever has no right sees nothing, and every look is on record."""
import time

from house import Load, wait_for
from wire import failing_call

N_SENDERS, N_SHOWN = 36, 9


def furnish(node):
    """So many terminals of one office, each with a device that sends all the time; the sources and the load."""
    session = node.cli("session", "create", "--kind", "meeting", "--name", "standing", "--unkept", "--now")
    sources = []
    for n in range(N_SENDERS):
        node.cli("terminal", "add", "--name", f"desk {n:02}", "--unit", "demo-office-1")
    ids = {row["name"]: row["id"] for row in node.json("terminal", "list")}
    load = Load(node, f"/whip/{session}/{{n}}", None, node.token(session), pubs=N_SENDERS, subs=0, label="wall",
                more=["--video-kbps", "150", "--fps", "10", "--no-audio", "--rooms", "1"])
    parties = wait_for("all devices send", lambda: of_session(node, session), 60)
    for n, party in enumerate(parties):
        sources.append(f"terminal:{ids[f'desk {n:02}']}")
        node.cli("source", "provide", sources[-1], "--session", session, "--party", party)
    return session, sources, load


def of_session(node, session):
    rows = [row for row in node.json("session", "list") if row["id"] == session]
    return [str(n) for n in range(N_SENDERS)] if rows and rows[0]["parties"] >= N_SENDERS else None


def show(page, sources, first=0):
    tiles = [{"slot": first + i, "source": source, "width": 320, "height": 180} for i, source in enumerate(sources)]
    return page.call("wall.show", {"tiles": tiles})["tiles"]


def wait_for_pictures(page, tiles, seconds=20):
    """Until each of them has one: as it was answered, or as an event says later."""
    missing = {tile["slot"] for tile in tiles if tile["state"] != "picture"}
    end = time.monotonic() + seconds
    while missing:
        assert time.monotonic() < end, f"no picture in slots {missing}"
        tile = page.event("wall.tile", end - time.monotonic())
        if tile["state"] == "picture":
            missing.discard(tile["slot"])


def pages_turn(node, sources):
    page = node.console("inspector-county")
    opened = page.call("wall.open", {"tiles": 2 * N_SHOWN})
    assert len(opened["slots"]) == 2 * N_SHOWN + 1 and opened["sdp"].count("m=video") == 2 * N_SHOWN, opened["slots"]
    times = []
    for turn in range(8):
        at = turn * N_SHOWN % N_SENDERS
        began, first = time.monotonic(), turn % 2 * N_SHOWN
        tiles = show(page, sources[at:at + N_SHOWN], first)
        page.call("wall.show", {"tiles": [{"slot": N_SHOWN - first + i, "source": None} for i in range(N_SHOWN)]})
        wait_for_pictures(page, tiles)
        times.append(time.monotonic() - began)
    print(f"  {len(times)} turns of {N_SHOWN} pictures, the slowest decided in {max(times) * 1000:.0f} ms", flush=True)
    listed = {row["source"]: row["wanted"] for row in node.json("source", "list")}
    assert sum(listed.values()) == N_SHOWN, listed
    page.close()
    wait_for("nobody wants anything any more", lambda: not any(row["wanted"] for row in node.json("source", "list")))


def out_of_reach(node, sources):
    """Somebody of another part of the tree, and what is not there: the same word, and nothing else."""
    page = node.console("inspector-county")
    node.cli("terminal", "add", "--name", "far away", "--unit", "demo-prison")
    far = next(row["id"] for row in node.json("terminal", "list") if row["name"] == "far away")
    page.call("wall.open", {"tiles": 4})
    tiles = show(page, [f"terminal:{far}", "terminal:none", "camera:none", sources[0]])
    assert [tile["state"] for tile in tiles] == ["no-right", "no-right", "no-right", "picture"], tiles
    for source in (f"terminal:{far}", "terminal:none"):
        assert failing_call(page, "wall.talk", {"source": source, "sdp": "v=0\r\n"}).reason == "not-found"
    listed = [source["id"] for source in page.call("wall.sources")["sources"]]
    assert sources[0] in listed and f"terminal:{far}" not in listed, listed
    bad = [{"slot": 4}, {"slot": -1}, {"slot": "0"}, {"source": sources[0]}, {"slot": 0, "source": 5}, 5, None,
           {"slot": 0, "source": "x" * 81}, {"slot": 0, "width": -1, "height": 1}, {"slot": 0, "width": 1 << 40, "height": 1}]
    for tile in bad:
        assert failing_call(page, "wall.show", {"tiles": [tile]}).reason == "bad-params", tile
    page.close()


def looks_are_on_record(node, sources):
    page = node.console("inspector-county")
    page.call("wall.open", {"tiles": 1})
    before = int(time.time() * 1000) - 1000
    show(page, [sources[3]])
    time.sleep(1)
    page.call("wall.show", {"tiles": [{"slot": 0, "source": None}]})
    auditor = node.console("auditor")

    def find():
        entries = auditor.call("audit.list", {"limit": 50})["entries"]
        return [row for row in entries if row["action"] == "look" and row["object"] == sources[3]]
    look = wait_for("the look is on record", find)[0]
    detail = look["detail"]
    assert look["who"] == "person:demo-inspector-county" and look["address"] == "127.0.0.1", look
    assert detail["unit"] == "demo-office-1" and not detail["goes_on"], look
    assert before <= detail["from_ms"] < detail["until_ms"] and detail["until_ms"] - detail["from_ms"] >= 900, look
    page.close()
    auditor.close()


def privileged(node, sources):
    session = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
    publisher = Load(node, f"/whip/{session}/secret", None, node.token(session), pubs=1, subs=0)
    node.cli("source", "provide", sources[-1], "--session", session, "--party", "secret")
    node.cli("source", "withdraw", sources[-1])
    node.cli("source", "provide", sources[-1], "--session", session, "--party", "secret")
    page = node.console("inspector-county")
    page.call("wall.open", {"tiles": 1})
    assert show(page, [sources[-1]])[0]["state"] == "privileged"
    assert failing_call(page, "wall.talk", {"source": sources[-1], "sdp": "v=0\r\n"}).reason == "wrong-state"
    publisher.stop()
    page.close()
    node.cli("session", "end", session)


def right_taken_away(node, sources):
    """The office goes to another county: the inspector of the first sees it no longer, at once."""
    page, admin = node.console("inspector-county"), node.console("admin")
    page.call("wall.open", {"tiles": 1})
    wait_for_pictures(page, show(page, [sources[0]]))
    units = {row["id"]: row for row in node.json("unit", "list")}
    other = next(id for id, row in units.items()
                 if row["tier"] == units["demo-county-1"]["tier"] and id != "demo-county-1")
    began = time.monotonic()
    admin.call("units.move", {"unit": "demo-office-1", "parent": other})
    tile = page.event("wall.tile", 5)
    assert tile["state"] == "no-right" and tile["source"] == sources[0], tile
    print(f"  the picture ended {(time.monotonic() - began) * 1000:.0f} ms after the right", flush=True)
    assert not any(row["wanted"] for row in node.json("source", "list"))
    admin.call("units.move", {"unit": "demo-office-1", "parent": "demo-county-1"})
    wait_for_pictures(page, [{"slot": 0, "state": "no-right"}])
    page.close()
    admin.close()


def called_and_let_go(node):
    """A terminal that does nothing is rung, shows itself when it has answered, and is left alone some seconds after the last look."""
    node.cli("terminal", "add", "--name", "quiet room", "--unit", "demo-office-1")
    terminal = next(row["id"] for row in node.json("terminal", "list") if row["name"] == "quiet room")
    room = node.page("terminal", node.sign_in("terminal", terminal))
    room.call("terminal.heartbeat", {"version": "1", "visible": True})
    page, source = node.console("inspector-county"), f"terminal:{terminal}"
    page.call("wall.open", {"tiles": 1})
    assert show(page, [source])[0]["state"] == "connecting"
    call = room.event("terminal.call")
    assert call["kind"] == "inspection" and call["from"] and "auto" in call, call
    answer = room.call("call.answer", {"call": call["call"]})
    assert answer["session"] == call["session"] and answer["party"] == call["party"], answer
    load = Load(node, f"/whip/{answer['session']}/{answer['party']}", None, node.token(answer["session"], answer["party"]),
                pubs=1, subs=0)
    wait_for_pictures(page, [{"slot": 0, "state": "connecting"}])
    assert answer["session"] not in [row["session"] for row in node.archived()], "a look is not a recording"
    page.call("wall.close")
    over = room.event("call.over", 20)
    assert over["call"] == call["call"] and over["why"] == "ended", over
    assert answer["session"] not in [row["id"] for row in node.json("session", "list")]
    load.stop()
    room.close()
    page.close()


def plans(node, sources):
    county, city = node.console("inspector-county"), node.console("inspector-city")
    plan = {"name": "morning", "shared": False, "tiles": 9, "seconds": 20, "sources": sources[:12] + [""]}
    kept = county.call("wall.save-plan", plan)["plan"]
    assert county.call("wall.plans")["plans"] == [{**plan, "id": kept, "own": True}]
    assert city.call("wall.plans")["plans"] == []
    assert failing_call(city, "wall.save-plan", {**plan, "plan": kept}).reason == "not-found"
    assert failing_call(city, "wall.delete-plan", {"plan": kept}).reason == "not-found"
    county.call("wall.save-plan", {**plan, "plan": kept, "name": "evening", "shared": True})
    assert [row["name"] for row in county.call("wall.plans")["plans"]] == ["evening"]
    assert city.call("wall.plans")["plans"] == [], "shared inside the unit, not above it"
    assert failing_call(county, "wall.save-plan", {**plan, "sources": [5]}).reason == "bad-params"
    county.call("wall.delete-plan", {"plan": kept})
    assert county.call("wall.plans")["plans"] == []
    county.close()
    city.close()


def add(report, node):
    session, sources, load = furnish(node)
    report.case("wall: 36 that send, nine shown, pages turn", pages_turn, node, sources)
    report.case("wall: out of reach and not there: the same, and nothing else", out_of_reach, node, sources)
    report.case("wall: who looked where, from when until when", looks_are_on_record, node, sources)
    report.case("wall: what is privileged is never shown", privileged, node, sources)
    report.case("wall: a right that is taken away ends the picture", right_taken_away, node, sources)
    report.case("wall: a terminal that nobody uses is called, and let go", called_and_let_go, node)
    report.case("wall: plans are one's own, or one's unit's", plans, node, sources)
    load.stop()
    node.cli("session", "end", session)
