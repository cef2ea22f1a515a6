"""A disk that is slow, fails to sync, loses its folder, has no room for files: those who talk go on, it is told at once and
stands in the recording, and nothing that was written is lost."""
import json
import os
import shutil
import subprocess
import time

from disk_cases import Meeting, begin_visit, may_mount
from harness import BUILD, Skipped
from house import (CONFIG, Camera, Desk, Node, check_decodes, read_files, check_seen, sealed_files, wait_for)
from loop_disk import Ext4
from wire import closed_by

SHIM = BUILD / "tests/system/broken-disk.so"
SMALL = CONFIG + "[recorder]\njournal-file-mb=4\nreserve-mb=6\n"


class BrokenNode(Node):
    """The disk under one of its folders does as it is told."""

    def __init__(self, config=SMALL, broken="/journal/"):
        if not SHIM.exists():
            raise Skipped("the preloaded library was not built")
        self.broken = broken
        super().__init__(config)

    def launch(self):
        self.control = self.folder / "control"
        self.control.write_text("")
        super().launch()

    def environment(self):
        return {"LD_PRELOAD": str(SHIM), "BROKEN_DISK": str(self.control), "BROKEN_DISK_FOLDER": self.broken}

    def order(self, words):
        """At once: a file that is half written would say something else."""
        fresh = self.control.with_suffix(".new")
        fresh.write_text(words)
        fresh.rename(self.control)

    def calls(self):
        path = self.control.with_suffix(".calls")
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def finish(node, meeting):
    """Ends it; its recording plays. The recording."""
    node.cli("session", "end", meeting.session)
    meeting.camera.stop()
    _, files = sealed_files(node, meeting.session, 90)
    for path in files:
        if path.suffix != ".enc":
            check_decodes(path)
    return json.loads((node.data / "archive" / meeting.session / "recording.json").read_text())


def end_well(node):
    node.check_alive()
    node.stop()


def slow(seconds, most_s):
    """Nothing is lost: memory holds it so long. Everybody goes on."""
    node = BrokenNode()
    meeting = Meeting(node, 3 * seconds + 60)
    time.sleep(3)
    node.order(f"slow {seconds * 1000}")
    wait_for("the log says that it is late", lambda: "is on disk only after" in node.read_log(), 30)
    slow_at = time.monotonic()
    check_seen(node, meeting.session, "camera")
    node.check_alive()
    time.sleep(max(0, seconds - (time.monotonic() - slow_at)))
    node.order("")
    wait_for("it is in time again", lambda: "within a second again" in node.read_log(), most_s)
    time.sleep(2)
    recording = finish(node, meeting)
    assert {"recording-behind", "recording-in-time"} <= {event["type"] for event in recording["events"]}, recording["events"]
    for file in recording["files"]:
        gaps = [gap for gap in file["gaps"] if gap["cause"] == "recorder"]
        assert not gaps and file["duration_us"] > (seconds + 4) * 1e6, file
    assert "packets were not recorded" not in node.read_log()
    end_well(node)


def pauses():
    """Past the limit the configuration's word is done: people do not go on unrecorded."""
    node = BrokenNode(SMALL + "behind=pause\nbehind-limit=3\n")
    officer, visit, sides = begin_visit(node)
    wait_for("it is recorded", lambda: recording_of(node, officer, visit)["state"] == "recording", 20)
    node.order("slow 60000")
    paused = wait_for("the visit is paused", lambda: in_state(node, officer, visit, "paused"), 30)
    assert paused["recording"].get("behind_ms", 0) > 1000, paused["recording"]
    node.order("")
    wait_for("it is in time again", lambda: "behind_ms" not in recording_of(node, officer, visit), 20)
    officer.call("visits.resume", {"visit": visit})
    officer.call("visits.end", {"visit": visit, "cause": "completed", "confirm": True})
    for side in sides:
        side.stop()
    end_well(node)


def recording_of(node, officer, visit):
    return node.visit(officer, visit)["recording"]


def in_state(node, officer, visit, state):
    seen = node.visit(officer, visit)
    return seen if seen["state"] == state else None


def not_before():
    """A recording that does not begin is told before anybody hears anybody, and they hear each other once it has."""
    node = BrokenNode()
    node.order("slow 60000")
    officer, visit, sides = begin_visit(node)
    failed = wait_for("the officer is told", lambda: failed_with(node, officer, visit, "no-bytes"), 20)
    assert failed["state"] == "live", failed
    token = node.token(failed["session"], "family")
    heard = Camera(node, "whep", failed["session"], "family", token, 4).finish(check=False)
    assert heard["video_frames"] == 0, f"they see each other unrecorded: {heard}"
    node.order("")
    wait_for("it is recorded", lambda: recording_of(node, officer, visit)["state"] == "recording", 30)
    officer.call("visits.end", {"visit": visit, "cause": "completed", "confirm": True})
    for side in sides:
        side.stop()
    end_well(node)


def announced_first():
    """Before the first packet is written, the log says that there is a session. When it cannot, nobody is let through."""
    node = BrokenNode(broken="/log/")
    officer = Desk(node, "officer")
    visit = node.book(officer)["visit"]
    sides = [node.publish(visit["session"], side) for side in ("family", "terminal")]
    wait_for("both sides are ready", lambda: all(
        party["ready"] for party in node.visit(officer, visit["id"])["parties"].values()))
    node.order("slow 60000")
    officer.call("visits.admit", {"visit": visit["id"]})
    wait_for("the officer is told", lambda: failed_with(node, officer, visit["id"], "log"), 20)
    track = f"{visit['session']}/family".encode()
    assert not holds(node.data / "journal", track), "something is recorded that was not announced"
    node.order("")
    wait_for("it is recorded", lambda: recording_of(node, officer, visit["id"])["state"] == "recording", 30)
    assert holds(node.data / "log", visit["session"].encode()) and holds(node.data / "log", b"session.open")
    wait_for("it is in the journal", lambda: holds(node.data / "journal", track), 10)
    officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
    for side in sides:
        side.stop()
    end_well(node)


def told_when_on_record():
    """Whoever is given something new, or loses what he had: the answer comes when that is in the log. What is taken away is
    gone at once."""
    node = BrokenNode(broken="/log/")
    officer, administrator, leaving = node.console("officer"), node.console("admin"), node.console("procurator")
    visit = node.book(officer)["visit"]["id"]
    person = next(row["id"] for row in administrator.call("people.list")["people"] if row["name"] == "procurator")
    node.order("slow 60000")
    asked = [(officer, officer.send_call("visits.link", {"visit": visit})),
             (administrator, administrator.send_call("people.disable", {"person": person, "disabled": True}))]
    assert closed_by(leaving.event, "nothing").code >= 4000
    time.sleep(1)
    for page, number in asked:
        page.drain()
        assert f'"id":{number},'.encode() not in page.buffer, page.buffer
    node.order("")
    for page, number in asked:
        page.answer(number)
    assert holds(node.data / "log", b"person.disable") and holds(node.data / "log", b"visit.link")
    end_well(node)


def holds(folder, wanted):
    return any(wanted in data for _, data in read_files(folder))


def failed_with(node, officer, visit, reason):
    seen = node.visit(officer, visit)
    return seen if seen["recording"].get("reason") == reason else None


def sync_fails():
    """After EIO that file is never synced again, and another one is begun at once."""
    node = BrokenNode()
    meeting = Meeting(node, 60)
    time.sleep(3)
    node.order("eio 1")
    wait_for("the log says that it has failed", lambda: "the recorder has failed" in node.read_log(), 20)
    wait_for("the log says that it works again", lambda: "the recorder works again" in node.read_log(), 20)
    check_seen(node, meeting.session, "camera")
    recording = finish(node, meeting)
    calls = node.calls()
    failed = [inode for inode, answer in calls if answer == "EIO"]
    after = calls[next(i for i, (_, answer) in enumerate(calls) if answer == "EIO") + 1:]
    assert len(failed) == 1 and after and failed[0] not in [inode for inode, _ in after], calls
    assert {"recording-failed", "recording-works"} <= {event["type"] for event in recording["events"]}, recording["events"]
    for file in recording["files"]:
        missing = sum(gap["to_us"] - gap["from_us"] for gap in file["gaps"]) / 1e6
        assert missing < 1, f"{file['file']}: {file['gaps']}"
    end_well(node)


def folder_goes():
    """Somebody removes the journal while it is written: said at once, and what was not on disk by then is kept."""
    node = BrokenNode()
    meeting = Meeting(node, 60)
    time.sleep(3)
    synced_s = node.synced_s()
    shutil.rmtree(node.data / "journal")
    removed_at = time.time()
    wait_for("the log says that it has failed", lambda: "the recorder has failed" in node.read_log(), 20)
    wait_for("the log says that it works again", lambda: "the recorder works again" in node.read_log(), 20)
    check_seen(node, meeting.session, "camera")
    time.sleep(3)
    recording = finish(node, meeting)
    began_at = min(recording["began_us"] + file["start_us"] for file in recording["files"]) / 1e6
    lost_to = min(synced_s, removed_at)
    assert lost_to - 1 < began_at < removed_at + 8, f"{began_at - removed_at} s after it was removed, {began_at - lost_to} s after what was on disk"
    assert "recording-failed" in [event["type"] for event in recording["events"]], recording["events"]
    end_well(node)


def no_inodes():
    """No file can be made: no recorded session begins; those that run go on in the file they have."""
    may_mount()
    disk = Ext4(96, "-N", "400")
    node = None
    try:
        node = Node(SMALL, prepare=disk.attach)
        meeting = Meeting(node, 60)
        crowd = node.data / "crowd"
        crowd.mkdir()
        try:
            for i in range(1000):
                (crowd / str(i)).touch()
        except OSError:
            pass
        begin = [node.program, "session", "create", "--kind", "meeting", "--now", "--data", node.data]
        run = wait_for("no recorded session begins", lambda: refused(begin), 20)
        assert "nearly full" in run.stderr, run.stderr
        check_seen(node, meeting.session, "camera")
        assert "the recorder has failed" not in node.read_log()
        shutil.rmtree(crowd)
        wait_for("they begin again", lambda: not refused(begin), 20)
        for file in finish(node, meeting)["files"]:
            assert not [gap for gap in file["gaps"] if gap["cause"] == "recorder"], file["gaps"]
        node.check_alive()
    finally:
        if node:
            node.stop_keeping()
            disk.free(node.data)
            node.stop()


def refused(command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return run if run.returncode > 0 else None


def add(report):
    report.case("disk slow: 5 s: nobody notices, officers are told, nothing is lost", slow, 5, 20)
    if os.environ.get("YUANJIAN_SLOW"):
        report.case("disk slow: 60 s: nobody notices, officers are told, nothing is lost", slow, 60, 60)
    report.case("disk slow: past the limit the visit is paused", pauses)
    report.case("disk slow: nobody is heard before it is recorded", not_before)
    report.case("disk slow: nothing is recorded before the log says so", announced_first)
    report.case("disk slow: what is given and taken away of rights is answered when the log says so", told_when_on_record)
    report.case("disk broken: a sync that failed is not tried again, another file is", sync_fails)
    report.case("disk broken: the journal's folder is removed: said, and recorded anew", folder_goes)
    report.case("disk full: no room for files: who talks goes on, nobody begins", no_inodes)
