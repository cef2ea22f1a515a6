"""A disk that is full, or breaks and becomes read-only, while a meeting is recorded: people go on talking, the loss is told,
the service lives; what was recorded before plays."""
import json
import os
import subprocess
import time

from harness import Skipped
from loop_disk import Ext4, mount
from house import (CONFIG, Camera, Desk, Node, check_decodes, check_missing, check_seen, duration_of, is_root_with,
                   read_files, sealed_files, wait_for)
from wire import ask

SMALL = CONFIG + "[recorder]\njournal-file-mb=4\nreserve-mb=6\n"


def may_mount():
    if not is_root_with("mount", "mkfs.ext4") or not os.environ.get("YUANJIAN_OWN_MOUNTS"):
        raise Skipped("only root can mount a disk that is full")


def tmpfs(data):
    data.mkdir()
    mount("-t", "tmpfs", "-o", "size=24m", "nothing", data)


def fill(data):
    """To the last byte."""
    with open(data / "ballast", "ab", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            try:
                while out.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


class Meeting:
    """Somebody publishes a real picture and voice, and it is recorded."""

    def __init__(self, node, seconds):
        self.node = node
        self.session = node.cli("session", "create", "--kind", "meeting", "--now")
        self.camera = Camera(node, "whip", self.session, "camera", node.token(self.session, "camera"), seconds)
        self.began = time.time()
        wait_for("something is recorded", lambda: any(
            f"{self.session}/camera".encode() in data for _, data in read_files(node.data / "journal")), 30)


def begin_visit(node):
    officer = Desk(node, "officer")
    booked, *sides = node.begin_visit(officer)
    return officer, booked["visit"]["id"], sides


def end_visit(node, officer, visit, sides):
    """An officer ends a visit while nothing can be written: it is over, whatever the disk says."""
    officer.call("visits.end", {"visit": visit, "cause": "technical", "confirm": True, "note": "the disk was full"})
    for side in sides:
        side.stop()
    assert node.visit(officer, visit)["state"] == "ended"


def check_ended(node, visit):
    """Also after a restart: nothing that was decided meanwhile is forgotten."""
    found = node.visit(Desk(node, "officer"), visit)
    assert found["state"] == "ended" and found["end"]["cause"] == "technical", found
    entries = node.console("admin").call("audit.list", {"limit": 200})["entries"]
    assert any(row["action"] == "visit.end" and row["object"] == f"visit:{visit}" for row in entries), entries[:20]


def full(node):
    officer, visit, sides = begin_visit(node)
    meeting = Meeting(node, 120)
    token = node.token(meeting.session, "viewer")
    time.sleep(5)
    filled_at = time.time()
    fill(node.data)
    wait_for("the log says that recording has failed", lambda: "the recorder has failed" in node.read_log(), 30)
    check_seen(node, meeting.session, "camera", token)
    node.check_alive()
    wait_for("it is not ready for more", lambda: "No space" in node.read_log() or not is_ready(node), 10)
    run = subprocess.run([node.program, "session", "create", "--kind", "meeting", "--now", "--data", node.data],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode > 0 and "recorder" in run.stderr, f"a recorded meeting began on a full disk: {run}"
    end_visit(node, officer, visit, sides)
    failed_s = time.time() - filled_at
    (node.data / "ballast").unlink()
    wait_for("the log says that recording works again", lambda: "the recorder works again" in node.read_log(), 30)
    wait_for("it is ready", lambda: is_ready(node), 30)
    time.sleep(5)
    node.cli("session", "end", meeting.session)
    meeting.camera.stop()
    ended_at = time.time()
    row, files = sealed_files(node, meeting.session, 90)
    check_recording(files, row, filled_at, ended_at, failed_s)
    log = node.read_log()
    assert "packets were not recorded" in log and len(log.splitlines()) < 120, f"{len(log.splitlines())} lines: {log[-3000:]}"
    node.kill()
    node.launch()
    check_ended(node, visit)
    node.check_alive()


def is_ready(node):
    return ask(node, "GET", "/readyz").status == 200


def check_recording(files, row, filled_at, ended_at, failed_s):
    """Both parts are there, the hole between them is known, and it plays."""
    recording = json.loads((files[0].parent / "recording.json").read_text())
    assert len(files) >= 2, files
    for path in files:
        check_decodes(path)
        assert duration_of(path) > 4, f"{path.name}: {duration_of(path)}"
    for file in recording["files"]:
        began = (recording["began_us"] + file["start_us"]) / 1e6
        gaps = [gap for gap in file["gaps"] if gap["cause"] == "recorder"]
        assert began < filled_at - 2, f"{file['file']} begins at {began}, the disk was full from {filled_at}"
        assert began + file["duration_us"] / 1e6 > ended_at - 4, f"{file['file']} ends early"
        assert gaps, f"{file['file']}: the hole is not said: {file['gaps']}"
        hole = sum(gap["to_us"] - gap["from_us"] for gap in gaps) / 1e6
        assert hole < failed_s + 12, f"{file['file']}: {hole} s are missing, the disk was full for {failed_s} s"
    assert row["state"] == "sealed", row


def with_full_disk():
    may_mount()
    node = Node(SMALL, prepare=tmpfs)
    try:
        full(node)
    finally:
        node.stop_keeping()
        subprocess.run(["umount", node.data], check=False)
        node.stop()


def check_nothing_granted(node, session):
    """Whoever may do something new would not be on record."""
    run = subprocess.run([node.program, "token", "--session", session, "--party", "*", "--may", "play", "--data", node.data],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == 75 and "on record" in run.stderr, run


def read_only(node, disk):
    meeting = Meeting(node, 120)
    token = node.token(meeting.session, "viewer")
    time.sleep(6)
    synced_s, failed_at = node.synced_s(), time.time()
    disk.fail()
    wait_for("the log says that recording has failed", lambda: "the recorder has failed" in node.read_log(), 30)
    check_seen(node, meeting.session, "camera", token)
    check_nothing_granted(node, meeting.session)
    node.check_alive()
    assert not is_ready(node)
    private = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
    node.cli("session", "end", private)
    assert meeting.camera.process.poll() is None
    node.stop_keeping()
    meeting.camera.stop()
    disk.repair(node.data)
    node.launch()
    row, files = sealed_files(node, meeting.session, 90)
    assert row["recovered"], row
    recording = json.loads((files[0].parent / "recording.json").read_text())
    for path in files:
        check_decodes(path)
        assert duration_of(path) > 3, path.name
    check_missing(recording, failed_at, synced_s)


def with_broken_disk():
    may_mount()
    disk = Ext4()
    node = None
    try:
        node = Node(SMALL, prepare=disk.attach)
        read_only(node, disk)
    finally:
        if node:
            node.stop_keeping()
            disk.free(node.data)
            node.stop()


def add(report):
    report.case("disk full: people go on, the loss is told, recording comes back", with_full_disk)
    report.case("disk read-only: people go on; what was recorded before plays after a repair", with_broken_disk)
