"""RTSP cameras: pulled only while somebody looks, back by themselves after a fault, and told apart when they are wrong. The camera
is tests/camera/rtsp-camera; who looks is a player by WHEP with a token."""
import pathlib
import subprocess
import threading
import time

from harness import BUILD, Skipped
from house import Camera, started, wait_for
from wire import ask

PROGRAM = BUILD / "tests/camera/rtsp-camera"
PASSWORD = "s3cret-of-the-camera"


class RtspCamera:
    """Something to look at; told "stall", "go", "rubbish", "small"."""

    def __init__(self, codec="h264", password=None, port=0):
        if not PROGRAM.exists():
            raise Skipped("libgstrtspserver-1.0-dev is not installed: there is no camera")
        self.process = subprocess.Popen([PROGRAM, str(port), codec, *([password] if password else [])],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(self)
        self.port = int(self.process.stdout.readline().split()[1])
        self.url = f"rtsp://127.0.0.1:{self.port}/live"

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def n_clients(self):
        """RTSP connections that are open, as the kernel has them."""
        rows = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(row.split()[1].endswith(f":{self.port:04X}") and row.split()[3] == "01" for row in rows)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def add_camera(node, name, camera, *more, password=None):
    command = [BUILD / "gateway/yuanjian", "camera", "add", "--data", node.folder / "node", "--name", name, "--unit", "demo-prison",
               "--url", camera.url, *more]
    out = subprocess.run(command, input=(password or "") + "\n", capture_output=True, text=True, check=True, timeout=20)
    return out.stdout.strip()


def state_of(node, identity):
    return next(row for row in node.json("camera", "list") if row["id"] == identity)


def player(node, identity, seconds, **more):
    session = f"camera-{identity}"
    return Camera(node, "whep", session, "camera", node.token(session, "viewer", "play"), seconds, **more)


class Watcher:
    """A player that says each second what it has decoded."""

    def __init__(self, node, identity):
        self.player = player(node, identity, 600, trace=True)
        self.last = ""
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.player.process.stderr:
            self.last = line.strip() if line.startswith("frames ") else self.last

    def frames(self):
        return int(self.last.split()[1]) if self.last else 0

    def wait_for_more(self, when):
        before = self.frames()
        wait_for(f"who watches sees it {when} ({self.last})", lambda: self.frames() > before + 20, 40)


def wait_state(node, identity, state, fault=None, seconds=30):
    began = time.monotonic()
    wait_for(f"{state} {fault}", lambda: (lambda row: row["state"] == state and row.get("fault") == fault)(
        state_of(node, identity)), seconds, 0.1)
    return time.monotonic() - began


def process_of(node):
    """The one camera process of the service."""
    children = pathlib.Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children").read_text().split()
    names = {pid: pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in children}
    return next((pid for pid, name in names.items() if name == "yuanjian-camera"), None)


def cpu_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def only_while_somebody_looks(node):
    camera = RtspCamera()
    identity = add_camera(node, "yard", camera)
    time.sleep(1.5)
    assert camera.n_clients() == 0 and process_of(node) is None and state_of(node, identity)["state"] == "idle"
    watched = player(node, identity, 16)
    wait_state(node, identity, "playing")
    pid, before, at = process_of(node), cpu_of(process_of(node)), time.monotonic()
    time.sleep(2)
    share = (cpu_of(pid) - before) / (time.monotonic() - at)
    second = player(node, identity, 6)
    later = second.finish(check=False)
    assert camera.n_clients() == 1, "pulled once, however many look"
    command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"rtsp" not in command and command.count(b"\0") == 1, command
    result = watched.finish()
    assert result["video_frames"] > 20 and result["audio_buffers"] > 50 and result["width"] == 640, result
    assert later["video_frames"] > 0, later
    print(f"  first picture after {result['first_picture_ms']} ms, for who comes later {later['first_picture_ms']} ms; "
          f"passing H.264 on, with sound made Opus: {share:.1%} of a core")
    wait_for("it is let go of", lambda: camera.n_clients() == 0 and process_of(node) is None)
    assert state_of(node, identity)["state"] == "idle"
    node.cli("camera", "remove", identity)
    camera.stop()


def faults(node):
    camera = RtspCamera()
    identity = add_camera(node, "gate", camera)
    watched = Watcher(node, identity)
    wait_state(node, identity, "playing")
    watched.wait_for_more("at first")
    camera.tell("small")
    wait_for("a new size", lambda: state_of(node, identity).get("video", {}).get("width") == 320)
    watched.wait_for_more("in its new size")
    camera.tell("stall")
    wait_state(node, identity, "fault", "stalled")
    camera.tell("go")
    print(f"  back after a stall within {wait_state(node, identity, 'playing'):.1f} s", end="")
    watched.wait_for_more("after a stall")
    camera.tell("rubbish")
    wait_state(node, identity, "fault", "rubbish")
    camera.tell("go")
    print(f", after rubbish {wait_state(node, identity, 'playing'):.1f} s", end="")
    watched.wait_for_more("after rubbish")
    camera.stop()
    wait_state(node, identity, "fault", "unreachable")
    time.sleep(4)
    camera = RtspCamera(port=camera.port)
    print(f", after it was gone {wait_state(node, identity, 'playing'):.1f} s")
    watched.wait_for_more("after it was gone")
    result = player(node, identity, 6).finish()
    assert result["video_frames"] > 20, f"who comes after all that sees nothing: {result}"
    watched.player.stop()
    node.cli("camera", "remove", identity)
    camera.stop()


def logins(node):
    camera = RtspCamera(password=PASSWORD)
    wrong = add_camera(node, "wrong", camera, "--user", "admin", password="not it")
    right = add_camera(node, "right", camera, "--user", "admin", password=PASSWORD)
    nobody = add_camera(node, "nobody", camera)
    for identity, fault in ((wrong, "password"), (nobody, "password"), (right, None)):
        found = node.json("camera", "test", identity)
        assert found.get("fault") == fault and found["works"] == (fault is None), found
        assert ("message" in found) == (fault is not None), found
    watched = player(node, right, 20)
    wait_state(node, right, "playing")
    pid = process_of(node)
    for place in ("cmdline", "environ"):
        assert PASSWORD.encode() not in pathlib.Path(f"/proc/{pid}/{place}").read_bytes(), place
    watched.stop()
    assert PASSWORD not in node.read_log()
    for path in (node.folder / "node").rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path
    for identity in (wrong, right, nobody):
        node.cli("camera", "remove", identity)
    camera.stop()


def made_h264(node):
    """What no browser decodes, or not in this order, is made what it does."""
    for codec in ("h265", "bframes"):
        camera = RtspCamera(codec)
        identity = add_camera(node, codec, camera)
        result = player(node, identity, 12).finish()
        assert result["video_frames"] > 10 and result["width"] == 640, f"{codec}: {result}"
        node.cli("camera", "remove", identity)
        camera.stop()


def tokens(node):
    camera = RtspCamera()
    identity = add_camera(node, "tower", camera)
    session = f"camera-{identity}"
    for kind, token, status in [("whep", node.token("camera-nothing", "x"), 404), ("whip", node.token(session, "*"), 404),
                                ("whep", node.token("another", "x"), 404)]:
        answer = ask(node, "POST", f"/{kind}/{session}/camera", b"v=0\r\n", bearer=token, origin=None,
                     headers={"Content-Type": "application/sdp"})
        assert answer.status == status, f"{kind}: {answer}"
    assert camera.n_clients() == 0 and state_of(node, identity)["state"] == "idle"
    watched = player(node, identity, 20)
    wait_state(node, identity, "playing")
    answer = ask(node, "POST", f"/whip/{session}/camera", b"v=0\r\n", bearer=node.token(session, "*"), origin=None,
                 headers={"Content-Type": "application/sdp"})
    assert answer.status == 403, answer
    watched.stop()
    node.cli("camera", "remove", identity)
    camera.stop()


def on_the_wall(node):
    """A tile of an inspector's wall pulls it, and lets go of it."""
    camera = RtspCamera()
    identity = add_camera(node, "hall", camera)
    inspector = node.console("inspector-province")
    assert f"camera:{identity}" in {source["id"] for source in inspector.call("wall.sources")["sources"]}
    inspector.call("wall.open", {"tiles": 2})
    inspector.call("wall.show", {"tiles": [{"slot": 0, "source": f"camera:{identity}"}]})
    wait_state(node, identity, "playing")
    shown = inspector.call("wall.show", {"tiles": [{"slot": 1, "source": f"camera:{identity}"}]})["tiles"]
    assert shown[-1]["state"] == "picture", shown
    inspector.close()
    wait_for("it is let go of", lambda: camera.n_clients() == 0 and process_of(node) is None, 40)
    node.cli("camera", "remove", identity)
    camera.stop()


def add(report, node):
    report.case("cameras: a tile of the wall pulls one", on_the_wall, node)
    report.case("cameras: pulled only while somebody looks", only_while_somebody_looks, node)
    report.case("cameras: back by themselves after a stall, rubbish, an absence", faults, node)
    report.case("cameras: a wrong password is told, a right one to nobody", logins, node)
    report.case("cameras: what browsers do not decode is made H.264", made_h264, node)
    report.case("cameras: nobody comes in without a token for it", tokens, node)
