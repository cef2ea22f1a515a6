"""A gateway with people in it, the programs that call it, and what its process uses."""
import collections
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import BUILD, Gateway  # noqa: E402
from wire import WebSocket, ask  # noqa: E402

CONFIG = "[media]\naddresses=127.0.0.1\nbind=127.0.0.1\n"
# A player of libnice sends from interfaces other than loopback alone, and each on its own: in a network of one's own (tools/in-netns) it
# finds the gateway at the address there. On 127.0.0.1 it comes by TCP, after two seconds of trying.
BY_UDP = "[media]\naddresses=198.51.100.7\n" if os.environ.get("YUANJIAN_IN_NETNS") == "1" else CONFIG
COOKIES = {"visit": "yuanjian-visit", "terminal": "yuanjian-terminal", "console": "yuanjian-console"}
MAY_ALL = "publish,play"


def cookie_of(answer):
    assert answer.status == 200, answer
    return answer.headers["Set-Cookie"].split(";")[0]


def code_of(link):
    return re.search(r"#link=(\S+)", link)[1]


def wait_for(what, function, seconds=20, every=0.1):
    """Until function() is true; gives it back. Never judges how long it took, but that it came."""
    end = time.monotonic() + seconds
    while True:
        value = function()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(every)


def walk(folder):
    """Everything below folder. The gateway works meanwhile: what it removes or renames under the walk is passed over."""
    for parent, folders, names in os.walk(folder):
        for name in folders + names:
            yield pathlib.Path(parent, name)


def read_files(folder):
    """The path and the bytes of every file below folder."""
    for path in walk(folder):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            continue


class Node(Gateway):
    """With the demonstration's units, persons and subjects."""

    def __init__(self, config=CONFIG, **options):
        super().__init__(config, **options)
        started.append(self)
        self.cli("demo", "load")
        self.n_terminals = 0

    # Seats.

    def sign_in(self, what, name):
        """what: "person" or "terminal"; the seat's cookie by a one-time link."""
        code = code_of(self.cli("link", f"--{what}", name))
        return cookie_of(ask(self, "POST", "/api/v1/sign-in/link", json_body={"code": code}))

    def page(self, seat, cookie):
        page = WebSocket(self, seat, cookie)
        page.call("hello", {"language": "en"})
        return page

    def console(self, name="officer"):
        return self.page("console", self.sign_in("person", name))

    def family_cookie(self, code):
        return cookie_of(ask(self, "POST", "/api/v1/visit-code", json_body={"code": code}))

    # Visits and media.

    def book(self, officer, **more):
        """A visit that begins now, with a terminal of its own: {visit, link, code}."""
        self.n_terminals += 1
        name = f"room {self.n_terminals}"
        self.cli("terminal", "add", "--name", name, "--unit", "demo-prison")
        terminal = next(row["id"] for row in self.json("terminal", "list") if row["name"] == name)
        subject = officer.call("visits.choices")["subjects"][0]
        booked = officer.call("visits.create", {
            "subject": subject["id"], "visitors": [subject["visitors"][0]["id"]], "terminal": terminal,
            "starts_ms": int(time.time() * 1000), "minutes": 20, "recording_class": "recorded", **more})
        return {**booked, "terminal": terminal}

    def synced_s(self):
        """Up to when the service says that what it records is on disk."""
        text = urllib.request.urlopen(f"{self.url}/metrics", timeout=5).read().decode()
        return float(re.search(r"^yuanjian_journal_synced_seconds (\S+)", text, re.M)[1])

    def archived(self):
        """All rows of the archive's list, newest first."""
        return self.json("archive", "list", "--limit", "500")

    def visit(self, officer, visit):
        return officer.call("visits.get", {"visit": visit})["visit"]

    def token(self, session, party="*", may=MAY_ALL, **more):
        options = [word for name, value in more.items() for word in (f"--{name}", value)]
        return self.cli("token", "--session", session, "--party", party, "--may", may, *options)

    def publish(self, session, party, **options):
        """A load generator that publishes as this party until it is stopped."""
        return Load(self, f"/whip/{session}/{party}", None, self.token(session, party), pubs=1, subs=0, **options)

    def begin_visit(self, officer, **more):
        """Booked, both sides here, admitted: (booked, family's load, terminal's load)."""
        booked = self.book(officer, **more)
        session = booked["visit"]["session"]
        visit = booked["visit"]["id"]
        sides = [self.publish(session, side) for side in ("family", "terminal")]
        wait_for("both sides are ready", lambda: all(
            party["ready"] for party in self.visit(officer, visit)["parties"].values()))
        officer.call("visits.admit", {"visit": visit})
        return booked, *sides

    # The process.

    def usage(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return {
            "rss_mb": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024,
            "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
            "files": len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir())),
        }

    def open_files(self):
        """What its descriptors are, with how many there are of it."""
        links = []
        for one in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                links.append(re.sub(r"\[\d+\]|\d{6,}", "", str(one.readlink())))
            except OSError:
                pass
        return dict(sorted(collections.Counter(links).items()))

    def check_alive(self):
        assert self.process.poll() is None, f"the service ended: {self.process.returncode}\n{self.read_log()[-3000:]}"
        assert ask(self, "GET", "/healthz").status == 200

    def check_back(self, before, seconds=30, rss_mb=24, files=0):
        """Descriptors and threads return to what they were; memory to about that: an allocator keeps some."""
        def is_back():
            now = self.usage()
            return (now["files"] <= before["files"] + files and now["threads"] <= before["threads"]
                    and now["rss_mb"] <= before["rss_mb"] + rss_mb)
        try:
            wait_for("use returns to what it was", is_back, seconds, 0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}: {before} before, {self.usage()} after: {self.open_files()}") from None

    def read_log(self):
        return (self.folder / "log").read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()


started = []  # whatever is still there at the end, after a case that failed


def stop_all():
    for one in reversed(started):
        one.stop()


class Desk:
    """A console that calls now and then: who says nothing for long is let go, so it comes anew."""

    def __init__(self, node, name):
        self.node, self.cookie, self.page, self.used = node, node.sign_in("person", name), None, 0

    def call(self, method, params=None):
        if self.page is None or time.monotonic() - self.used > 15:
            self.page = self.node.page("console", self.cookie)
        self.used = time.monotonic()
        return self.page.call(method, params)


class Load:
    """bench/webrtc-load in the background. Its payloads hold MARK, so that they can be found again."""

    MARK = b"WLD1\0\0\0"

    def __init__(self, node, whip, whep, token, *, pubs=1, subs=1, duration=600, settle=1, label="load", more=()):
        self.out = node.folder / f"{label}-{time.monotonic_ns()}.jsonl"
        command = [BUILD / "bench/webrtc-load", "--backend", "whip", "--pid", str(node.process.pid), "--pubs", str(pubs),
                   "--subs", str(subs), "--duration", str(duration), "--settle", str(settle), "--whip-url",
                   node.url + whip, "--whep-url", node.url + (whep or whip), "--token", token, "--json", self.out,
                   "--label", label, "--no-rt", *more]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        started.append(self)

    def result(self, seconds=120):
        errors = self.process.communicate(timeout=seconds)[1]
        assert self.process.returncode == 0 and self.out.exists(), errors[-2000:]
        return json.loads(self.out.read_text().splitlines()[-1])

    def check_no_loss(self):
        result = self.result()
        assert result["failed"] == 0 and result["lost_connections"] == 0 and result["silent_subscribers"] == 0, result
        # a machine without a moment to spare loses packets in its own sockets: then loss says nothing about the gateway
        assert result["machine"]["full"] or result["media"]["loss_percent"] == 0, result["media"]

    def stop(self):
        """Without a word: nothing is said to the gateway."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Camera:
    """tools/whip-whep-client: a real picture and voice by WHIP, or a player by WHEP."""

    def __init__(self, node, kind, session, party, token, seconds, trace=False):
        self.process = subprocess.Popen(
            [BUILD / "tools/whip-whep-client", f"--{kind}", f"{node.url}/{kind}/{session}/{party}", "--token", token,
             "--seconds", str(seconds), *(["--trace"] if trace else [])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(self)

    def finish(self, seconds=90, check=True):
        out, errors = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0 or not check, f"{out} {errors[-2000:]}"
        return json.loads(out.strip().splitlines()[-1])

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def check_seen(node, session, party, token=None):
    """Somebody who comes now, with a token of before if need be, sees and hears it. A busy machine is given a second try: its
    player starts slowly."""
    for seconds in (6, 20):
        watched = Camera(node, "whep", session, party, token or node.token(session, "viewer"), seconds)
        result = watched.finish(check=seconds == 20)
        if result["video_frames"] > 20 and result["audio_buffers"] > 50:
            return
    raise AssertionError(result)


def sealed_files(node, session, seconds=60):
    """The playable files of a session, when it is sealed; with recording.json, in the clear, in a folder of their own."""
    def find():
        rows = [row for row in node.archived() if row["session"] == session]
        return rows[0] if rows and rows[0]["state"] == "sealed" else None
    row = wait_for(f"{session} is sealed", find, seconds, 0.3)
    for path in map(pathlib.Path, node.cli("archive", "path", session).splitlines()):
        assert path.suffix == ".enc" and path.is_file(), path
    folder = node.folder / f"extracted-{time.monotonic_ns()}"
    extracted = node.cli("archive", "extract", session, str(folder), "--reason", "a test looks at it")
    return row, [pathlib.Path(line) for line in extracted.splitlines()]


def check_missing(recording, broke_at, synced_s):
    """No more than the last second is missing; on a disk that stood still just then, than what was not said to be on it. A camera on a
    busy machine may have sent less: of one of its tracks at least all must be there."""
    ends = [(recording["began_us"] + file["start_us"] + file["duration_us"]) / 1e6 for file in recording["files"]]
    missing, behind = [round(broke_at - end, 2) for end in ends], round(broke_at - synced_s, 2)
    print(f"  missing before the end: {missing} s; not on disk, as it was said: {behind} s", flush=True)
    most = max(1, behind + 0.2)
    assert min(missing) <= most and max(missing) <= most + 3, (missing, behind)


def duration_of(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == 0 and out.stderr == "", f"ffprobe {path.name}: {out.stderr}"
    return float(out.stdout)


def check_decodes(path):
    """In the file's own time base: pictures that came in a burst share one tick of a mean frame rate."""
    out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-enc_time_base", "-1", "-f", "null", "-"],
                         capture_output=True, text=True, timeout=60)
    assert out.returncode == 0 and out.stderr == "", f"ffmpeg {path.name}: {out.stderr[-1500:]}"


def is_root_with(*programs):
    import os
    return os.geteuid() == 0 and all(shutil.which(program) for program in programs)


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    return s
