"""What a machine may do to a service with people in it: the clock is set, it stands still for a while, it has no descriptors
left, it is told to end."""
import json
import os
import resource
import signal
import socket
import struct
import time

from harness import BUILD, Skipped
from house import Desk, Node, read_files, sealed_files, wait_for
from wire import ask

SHIM = BUILD / "tests/system/shifted-clock.so"
STILL_S = 10
N_AT_END = 6
HOUR_S, YEAR_S = 3600, 365 * 86400


class ShiftedNode(Node):
    """Its wall clock can be set."""

    def launch(self):
        if not SHIM.exists():
            raise Skipped("the preloaded library was not built")
        self.shift = self.folder / "shift"
        self.set_clock(0)
        super().launch()

    def environment(self):
        return {"LD_PRELOAD": str(SHIM), "SHIFTED_CLOCK": str(self.shift)}

    def set_clock(self, seconds):
        with open(self.shift, "r+b" if self.shift.exists() else "wb") as out:
            out.write(struct.pack("=q", seconds))


def clock_is_set():
    """Nobody is thrown out: not who talks, not who waits; the journal and the log say it; the recording is one piece."""
    node = ShiftedNode()
    officer = Desk(node, "officer")
    waiting = node.book(officer)["visit"]
    booked, *sides = node.begin_visit(officer)
    visit = booked["visit"]
    time.sleep(3)
    for shift in (HOUR_S, -HOUR_S, 10 * YEAR_S, 0):
        node.set_clock(shift)
        time.sleep(4)
        node.check_alive()
        found = [row for row in node.json("session", "list") if row["id"] == visit["session"]]
        assert found and found[0]["state"] == "live", f"the clock was set by {shift} s: {found}"
    officer = Desk(node, "officer")
    seen = node.visit(officer, visit["id"])
    assert seen["state"] == "live" and seen["ends_at_ms"] > time.time() * 1000 + 15 * 60000, seen
    assert node.visit(officer, waiting["id"])["state"] == "waiting"
    officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
    steps = sum(data.count(b"YUANJIAN_KIND=clock") for _, data in read_files(node.data / "journal"))
    leaves = sum(data.count(b'"type":"clock"') for _, data in read_files(node.data / "log"))
    assert steps >= 4 and leaves >= 4, (steps, leaves)
    for side in sides:
        side.stop()
    _, files = sealed_files(node, visit["session"])
    recording = json.loads((node.data / "archive" / visit["session"] / "recording.json").read_text())
    assert recording["duration_us"] < 120e6, f"the recording is {recording['duration_us'] / 1e6} s long"
    assert files
    node.stop()


def stands_still():
    """As a machine that is moved: afterwards all goes on."""
    node = Node()
    officer = Desk(node, "officer")
    booked, *sides = node.begin_visit(officer)
    visit = booked["visit"]
    time.sleep(2)
    node.process.send_signal(signal.SIGSTOP)
    time.sleep(STILL_S)
    node.process.send_signal(signal.SIGCONT)
    officer = Desk(node, "officer")
    seen = wait_for("the visit goes on", lambda: is_live(node, officer, visit), 30)
    assert seen["recording"]["state"] == "recording", seen["recording"]
    officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
    for side in sides:
        side.stop()
    row, _ = sealed_files(node, visit["session"])
    assert not row["recovered"], row
    assert node.stop() == 0


def is_live(node, officer, visit):
    seen = node.visit(officer, visit["id"])
    return seen if seen["state"] == "live" else None


def no_descriptors():
    """Everybody who comes is too many: no spinning, who talks goes on and is recorded, and then they may come again."""
    node = Node()
    meeting = node.cli("session", "create", "--kind", "meeting", "--now")
    camera = node.publish(meeting, "camera")
    wait_for("it is recorded", lambda: any(b"camera" in data for _, data in read_files(node.data / "journal")), 20)
    pid, n_files = node.process.pid, node.usage()["files"]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE, (n_files + 4, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    crowd = []
    for _ in range(40):
        s = socket.socket()
        s.settimeout(1)
        s.connect(("127.0.0.1", node.port))
        crowd.append(s)
    size, used = journal_size(node), cpu_s(pid)
    time.sleep(3)
    assert cpu_s(pid) - used < 2, f"{cpu_s(pid) - used} s of CPU in 3 s: it spins"
    assert journal_size(node) > size, "nothing is recorded"
    for s in crowd:
        s.close()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    wait_for("who comes is let in again", lambda: ask(node, "GET", "/healthz").status == 200, 20)
    node.cli("session", "end", meeting)
    camera.stop()
    sealed_files(node, meeting)
    assert node.stop() == 0


def journal_size(node):
    return sum(len(data) for _, data in read_files(node.data / "journal"))


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def told_to_end():
    """With visits that are live: all is on disk within 10 s, and nothing has to be recovered."""
    node = Node()
    officer = Desk(node, "officer")
    visits = [node.begin_visit(officer) for _ in range(N_AT_END)]
    time.sleep(3)
    began = time.monotonic()
    assert node.stop_keeping() == 0
    assert time.monotonic() - began < 10, f"it took {time.monotonic() - began} s"
    for _, *sides in visits:
        for side in sides:
            side.stop()
    last = sorted((node.data / "journal").glob("*.pcapng"))[-1].read_bytes()
    assert b"YUANJIAN_KIND=end" in last[-4096:], "the journal was not closed"
    node.launch()
    officer = Desk(node, "officer")
    for booked, *_ in visits:
        officer.call("visits.end", {"visit": booked["visit"]["id"], "cause": "completed", "confirm": True})
    for booked, *_ in visits:
        row, _ = sealed_files(node, booked["visit"]["session"], 90)
        assert not row["recovered"], row
    assert node.stop() == 0


def add(report):
    report.case("the clock is set: nobody is thrown out, and it is written down", clock_is_set)
    report.case("the machine stands still for 10 s: all goes on", stands_still)
    report.case("no descriptors: who talks goes on, nothing spins", no_descriptors)
    report.case("told to end with live visits: all is on disk within 10 s", told_to_end)
