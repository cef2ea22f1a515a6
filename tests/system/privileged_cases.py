"""Privileged visits on a disk of their own, killed, with people coming and going and everybody trying to have it recorded: then
the whole disk is read, byte by byte, and nothing of what was said is there. The same search finds a recorded visit."""
import pathlib
import resource
import signal
import subprocess
import time

from disk_cases import may_mount
from house import CONFIG, Camera, Desk, Load, Node, read_files, wait_for
from loop_disk import Ext4
from wire import CallError, ask

SETTINGS = CONFIG + "[visit]\ngrace=900\n[recorder]\nreserve-mb=8\njournal-file-mb=4\n"
SIGHT_S = 3


class Vault(Node):
    """Everything that it could write lies on one disk: data, configuration, log, and what programs put into TMPDIR and HOME."""

    def __init__(self, disk):
        self.disk = disk
        super().__init__(SETTINGS, prepare=disk.attach)

    def launch(self):
        (self.data / "tmp").mkdir(exist_ok=True, mode=0o700)
        super().launch()

    def environment(self):
        return {name: str(self.data / "tmp") for name in ("TMPDIR", "HOME")}

    def scan(self):
        """Off the disk and read it all, what was deleted too. How often there is something of what was sent."""
        assert self.process.poll() is not None, "it runs"
        subprocess.run(["sync", "-f", self.data], check=False)
        self.disk.detach(self.data)
        try:
            return self.disk.image.read_bytes().count(Load.MARK) + sum(data.count(Load.MARK) for _, data in read_files(self.folder))
        finally:
            self.disk.attach(self.data)


def try_to_record(node, officer, visit):
    """What has the word in it, or could: nothing of it works, or nothing comes of it."""
    with_class = {"visit": visit["id"], "recording_class": "recorded", "record": True, "class": "recorded"}
    for method in ("visits.admit", "visits.pause", "visits.resume", "visits.extend", "visits.observe", "visits.talk",
                   "visits.update", "visits.record", "visits.set_class", "archive.note", "archive.get"):
        try:
            officer.call(method, {**with_class, "minutes": 1, "to": "both", "session": visit["session"]})
        except CallError:
            pass
        try:
            officer.call(method, {"visit": visit["id"]})
        except CallError:
            pass
    for words in (["session", "create", "--kind", "meeting", "--name", visit["session"], "--now"],
                  ["session", "record", visit["session"]], ["archive", "path", visit["session"]]):
        subprocess.run([node.program, *words, "--data", node.data], capture_output=True, timeout=30)
    seen = node.visit(officer, visit["id"])
    assert seen["recording_class"] == "privileged", seen
    assert seen.get("recording", {"state": "none"})["state"] == "none", seen
    return seen


def change_roles(node):
    """The officer is let go and comes back, another one comes, the administrator looks in."""
    administrator = Desk(node, "admin")
    people = administrator.call("people.list")["people"]
    officer = next(person for person in people if person["name"] == "officer")
    administrator.call("people.disable", {"person": officer["id"], "disabled": True})
    administrator.call("people.disable", {"person": officer["id"], "disabled": False})
    return Desk(node, "officer2"), Desk(node, "officer")


def wait_until_live(node, officer, visit):
    def is_live():
        seen = node.visit(officer, visit["id"])
        if seen["state"] == "paused":
            officer.call("visits.resume", {"visit": visit["id"]})
        return seen["state"] == "live"
    wait_for("the visit is live", is_live, 60)


def look_in(node, session):
    """Somebody else asks for the picture: an officer's cookie, a token of no party, one of the other side."""
    for party in ("family", "terminal"):
        answer = ask(node, "POST", f"/whep/{session}/{party}", body=b"v=0\r\n", cookie=node.sign_in("person", "officer"),
                     headers={"Content-Type": "application/sdp"})
        assert answer.status >= 400, answer
    Camera(node, "whep", session, "family", node.token(session, "terminal"), SIGHT_S).finish(check=False)


def has_no_core(node):
    limits = pathlib.Path(f"/proc/{node.process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"], line


def privileged():
    may_mount()
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # what we start could leave a core, unless it will not
    disk = Ext4(192)
    node = None
    try:
        node = Vault(disk)
        has_no_core(node)
        officer = Desk(node, "officer")
        booked, *sides = node.begin_visit(officer, recording_class="privileged", privileged_reason="lawyer")
        visit = booked["visit"]
        meeting = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
        sides.append(node.publish(meeting, "camera"))
        time.sleep(SIGHT_S)
        try_to_record(node, officer, visit)
        look_in(node, visit["session"])
        second, officer = change_roles(node)
        try_to_record(node, second, visit)
        for crash in (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV):
            node.process.send_signal(crash)
            node.process.wait()
            for side in sides:
                side.stop()
            assert node.scan() == 0, f"media on the disk after {crash.name}"
            node.launch()
            officer = Desk(node, "officer")
            sides = [node.publish(visit["session"], side) for side in ("family", "terminal")]
            wait_until_live(node, officer, visit)
            time.sleep(SIGHT_S)
            try_to_record(node, officer, visit)
        officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
        for side in sides:
            side.stop()
        assert node.stop_keeping() == 0
        assert node.scan() == 0, "media on the disk at the end"
        finds_what_is_there(node)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
        if node:
            node.stop_keeping()
            disk.free(node.data)
            node.stop()


def finds_what_is_there(node):
    """A recorded visit on the same disk, killed: now the search has to find something."""
    node.launch()
    officer = Desk(node, "officer")
    _, *sides = node.begin_visit(officer)
    time.sleep(SIGHT_S)
    node.kill()
    for side in sides:
        side.stop()
    assert node.scan() > 10, "the search does not find what is recorded"


def add(report):
    report.case("privileged: not a byte on the whole disk, whatever happens to it", privileged)
