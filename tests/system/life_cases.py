"""Visits and meetings under trouble: who leaves without a word, a service that is killed, what must not be kept, two
officers at once."""
import contextlib
import json
import os
import pathlib
import sqlite3
import threading
import time

from house import (CONFIG, Camera, Desk, Load, Node, check_decodes, check_missing, duration_of, read_files, sealed_files,
                   wait_for, walk)
from wire import CallError

KILLED_AFTER_S = 9


# Who leaves without a word: begun early, since a minute must pass.

class Leaving:
    """Both sides of a visit are here; the family's device dies."""

    def __init__(self):
        self.node = Node(CONFIG + "[visit]\ngrace=900\n")
        self.officer = Desk(self.node, "officer")
        Load(self.node, "/whip/warm/{n}", "/whep/warm/{n}", self.node.token("*", "*"), subs=1, duration=1).result()
        # not recorded: the journal's rings are bounded, but take their memory bit by bit
        self.booked, self.family, self.terminal = self.node.begin_visit(
            self.officer, recording_class="privileged", privileged_reason="lawyer")
        self.visit = self.booked["visit"]["id"]
        self.meeting = self.node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
        self.before = self.node.usage()
        self.crowd = Load(self.node, f"/whip/{self.meeting}/{{n}}", f"/whep/{self.meeting}/{{n}}",
                          self.node.token(self.meeting, "*"), pubs=2, subs=4)
        self.killed = None

    def look(self):
        return self.node.visit(self.officer, self.visit)

    def goes(self):
        """Within seconds everybody is told, and the visit waits."""
        assert self.look()["state"] == "live", self.look()
        self.family.stop()
        self.crowd.stop()
        self.killed = time.monotonic()
        lost = wait_for("the visit waits", lambda: self.waiting(), 20)
        assert lost["parties"]["family"]["present"] and not lost["parties"]["family"]["connected"], lost
        assert lost["parties"]["terminal"]["connected"], lost
        assert lost["resumes_until_ms"] > time.time() * 1000, lost

    def waiting(self):
        visit = self.look()
        return visit if visit["state"] == "suspended" else None

    def gone(self):
        """After a minute the device is gone, and with it what it used."""
        left = max(1, 100 - (time.monotonic() - self.killed))
        wait_for("the party is gone", lambda: not self.look()["parties"]["family"]["present"], left, 0.5)
        self.node.cli("session", "end", self.meeting)
        self.node.check_back(self.before, 60)

    def returns(self):
        """Who comes again comes into the same visit."""
        assert self.look()["state"] == "suspended", self.look()
        family = self.node.publish(self.booked["visit"]["session"], "family")
        wait_for("the visit goes on", lambda: self.look()["state"] == "live", 30)
        events = [event["type"] for event in self.officer.call("visits.get", {"visit": self.visit})["events"]]
        assert "drop" in events and "return" in events, events
        self.officer.call("visits.end", {"visit": self.visit, "cause": "completed", "confirm": True})
        family.stop()
        self.terminal.stop()


# Two officers.

def together(functions):
    """Calls all at the same moment; what each brought or raised."""
    barrier, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(i, function):
        barrier.wait()
        try:
            results[i] = function() or "done"
        except CallError as error:
            results[i] = error
    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_wins(results, who, what):
    refused = [result for result in results if isinstance(result, CallError)]
    assert len(refused) == 1, f"one must win: {results}"
    assert refused[0].reason == "wrong-state", refused
    assert any(name in refused[0].message for name in who) and what in refused[0].message, refused


def two_officers(node, officer):
    names = ["陈望舒", "林知夏"]
    booked, family, terminal = node.begin_visit(officer)
    visit = {"visit": booked["visit"]["id"]}
    first, second = node.console("officer"), node.console("officer2")
    try:
        one_wins(together([lambda page=page: page.call("visits.pause", visit) for page in (first, second)]), names, "paused")
        one_wins(together([lambda page=page: page.call("visits.resume", visit) for page in (first, second)]), names, "resumed")
        end = {**visit, "cause": "rule-broken", "confirm": True}
        pause_or_end = together([lambda: first.call("visits.pause", visit), lambda: second.call("visits.end", end)])
        assert pause_or_end[1] == "done", pause_or_end
        error = together([lambda: first.call("visits.end", {**end, "cause": "emergency"})])[0]
        assert error.reason == "wrong-state" and names[1] in error.message and "ended" in error.message, error
        assert error.data["by"] == names[1] and error.data["state"] == "ended" and error.data["action"], error.data
        ended = node.visit(officer, visit["visit"])
        assert ended["end"]["cause"] == "rule-broken" and ended["end"]["by"] == names[1], ended["end"]
        for method, params in [("admit", {}), ("pause", {}), ("resume", {}), ("extend", {"minutes": 1}),
                               ("warn", {"preset": "mind-words", "language": "zh"}), ("talk", {"to": "both"}), ("observe", {})]:
            try:
                raise AssertionError(f"{method}: {first.call(f'visits.{method}', {**visit, **params})}")
            except CallError as refused:
                assert refused.reason in ("wrong-state", "not-found"), f"{method}: {refused}"
    finally:
        family.stop()
        terminal.stop()


def too_soon(node, officer):
    """Nobody is there: admitting says who is missing; what a visit is not ready for is refused by name."""
    booked = node.book(officer)
    visit = booked["visit"]["id"]
    for method, params, word in [("admit", {}, "family"), ("pause", {}, "waiting"), ("resume", {}, "waiting"),
                                 ("talk", {"to": "both"}, "observe")]:
        try:
            raise AssertionError(f"{method}: {officer.call(f'visits.{method}', {'visit': visit, **params})}")
        except CallError as refused:
            assert refused.reason == "wrong-state" and word in refused.message.lower(), f"{method}: {refused}"
    try:
        raise AssertionError(officer.call("visits.end", {"visit": visit, "cause": "other", "confirm": False}))
    except CallError as refused:
        assert refused.reason == "bad-params" and "confirm" in refused.message, refused


# What must not be kept.

def find_bytes(folder, needle):
    return [str(path) for path, data in read_files(folder) if needle in data]


def privileged(node, officer):
    """Beside it a recorded visit, so that the search is shown to find what is there."""
    secret, *secret_sides = node.begin_visit(officer, recording_class="privileged", privileged_reason="lawyer")
    plain, *plain_sides = node.begin_visit(officer)
    meeting = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
    third = node.publish(meeting, "camera")
    sessions = [secret["visit"]["session"], meeting]
    time.sleep(5)
    recording = node.visit(officer, secret["visit"]["id"]).get("recording", {"state": "none"})
    assert recording["state"] == "none", recording
    try:
        raise AssertionError(officer.call("visits.observe", {"visit": secret["visit"]["id"]}))
    except CallError as error:
        assert error.reason == "forbidden", error
    for booked in (secret, plain):
        officer.call("visits.end", {"visit": booked["visit"]["id"], "cause": "completed", "confirm": True})
    node.cli("session", "end", meeting)
    for load in (*secret_sides, *plain_sides, third):
        load.stop()
    found = find_bytes(node.data, Load.MARK)
    kept = wait_for("the recorded visit is found", lambda: find_bytes(node.data, Load.MARK), 20)
    for path in kept:
        assert "archive" in path or "journal" in path, f"media in {path}"
    row, files = sealed_files(node, plain["visit"]["session"])
    assert find_bytes(files[0].parent, Load.MARK), f"the recorded visit cannot be found again: {found}"
    for session in sessions:
        named = find_bytes(node.data / "journal", session.encode()) + find_bytes(node.data / "archive", session.encode())
        named += [str(path) for path in walk(node.data) if session in path.name]
        assert not named, f"{session}: {named}"
    listed = [row["session"] for row in node.archived() if row["state"] not in ("none",)]
    assert not set(sessions) & set(listed), listed


class Alone:
    """A node on which only privileged sessions ran: not a byte of media anywhere, also after a crash."""

    def __init__(self):
        self.node = Node()
        self.officer = Desk(self.node, "officer")

    def run(self):
        node = self.node
        booked, *sides = node.begin_visit(self.officer, recording_class="privileged", privileged_reason="lawyer")
        meeting = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
        third = node.publish(meeting, "camera")
        time.sleep(4)
        assert not find_bytes(node.folder, Load.MARK)
        node.kill()
        for load in (*sides, third):
            load.stop()
        found = find_bytes(node.folder, Load.MARK)
        assert not found, found
        node.launch()
        session = booked["visit"]["session"]
        assert not find_bytes(node.data / "journal", session.encode())
        assert not list((node.data / "archive").iterdir())
        assert not find_bytes(node.folder, Load.MARK)


# A service that is killed.

def killed(node, officer):
    """kill -9 in the middle of a recording: after a restart all but the last second is there and plays."""
    meeting = node.cli("session", "create", "--kind", "meeting", "--now")
    camera = Camera(node, "whip", meeting, "camera", node.token(meeting, "camera"), 60)
    journal = node.data / "journal"
    wait_for("something is recorded", lambda: find_bytes(journal, f"{meeting}/camera".encode()), 30)
    began = time.time()
    visit, family, terminal = node.begin_visit(officer)
    time.sleep(max(0, KILLED_AFTER_S - (time.time() - began)))
    synced_s, killed_at = node.synced_s(), time.time()
    node.kill()
    for program in (camera, family, terminal):
        program.stop()
    node.launch()
    row, files = sealed_files(node, meeting)
    assert row["recovered"], row
    assert len(files) == 2 and {path.suffix for path in files} == {".webm"}, files
    recording = json.loads((files[0].parent / "recording.json").read_text())
    check_missing(recording, killed_at, synced_s)
    for path in files:
        check_decodes(path)
        assert duration_of(path) > KILLED_AFTER_S - 2, f"{path.name}: {duration_of(path)} s"
    after = node.visit(Desk(node, "officer"), visit["visit"]["id"])
    assert after["state"] == "suspended" and after["session"] == visit["visit"]["session"], after


def goes_on(node, officer):
    """The visit that ran when the service was killed goes on as the same one, with one recording of both parts."""
    visit = next(row for row in officer.call("visits.list", {"from_ms": 0, "to_ms": 1 << 45})["visits"]
                 if row["state"] == "suspended")
    sides = [node.publish(visit["session"], side) for side in ("family", "terminal")]
    wait_for("the visit is live again", lambda: node.visit(officer, visit["id"])["state"] == "live", 30)
    time.sleep(3)
    officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
    for side in sides:
        side.stop()
    row, files = sealed_files(node, visit["session"])
    parties = {path.name.split("-")[0] for path in files}
    assert {"family", "terminal"} <= parties and len(files) >= 8, files
    recording = json.loads((files[0].parent / "recording.json").read_text())
    assert any(file["start_us"] < 2e6 for file in recording["files"]), recording["files"]
    for path in files:
        assert duration_of(path) > 0, path.name


def torn(node):
    """What a crash can leave at the end of a journal: zeros, half a record. It is cut, said, and the service starts."""
    assert node.stop_keeping() == 0
    with contextlib.closing(sqlite3.connect(node.data / "index.db")) as index:
        assert index.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    journals = sorted((node.data / "journal").glob("*.pcapng"))
    size = journals[-1].stat().st_size
    with open(journals[-1], "ab") as out:
        out.write(os.urandom(37) + b"\0" * 5000)
    (node.data / "journal" / "journal-00099999.pcapng").write_bytes(b"\0" * 8192)
    node.launch()
    node.check_alive()
    assert journals[-1].stat().st_size <= size if journals[-1].exists() else True
    node.cli("session", "end", node.cli("session", "create", "--kind", "meeting", "--now"))


def add(report, node, leaving):
    officer = Desk(node, "officer")
    report.case("leaves: a device that dies: the visit waits", leaving.goes)
    report.case("officers: what it is too soon for", too_soon, node, officer)
    report.case("officers: two at once: one wins, the other hears who", two_officers, node, officer)
    report.case("privileged: nothing of it among what is recorded", privileged, node, officer)
    alone = Alone()
    report.case("privileged: not a byte anywhere, also after kill -9", alone.run)
    alone.node.stop()
    report.case("kill -9: what was recorded is sealed and plays", killed, node, officer)
    report.case("kill -9: the visit goes on as the same one", goes_on, node, Desk(node, "officer"))
    report.case("kill -9: a torn journal is cut", torn, node)


def add_end(report, leaving):
    report.case("leaves: after a minute it is gone, with what it used", leaving.gone)
    report.case("leaves: who comes again comes into the same visit", leaving.returns)

