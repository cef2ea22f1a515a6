"""A fresh server in a network namespace of its own: Janus, or our gateway. Needs root."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from shapes import JANUS, LOOPS, OURS

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "webrtc-load"
ADDRESS = "127.1.0.1"  # what netns.sh gives to v0; Janus offers no candidates on lo
FIRST_ROOM = 1000  # the generator's --room-base


class Namespace:
    """Loopback alone, on an interface that Janus accepts."""

    def __enter__(self):
        self.name = f"compare{os.getpid()}"
        subprocess.run([TOOLS / "netns.sh", "up", self.name], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run([TOOLS / "netns.sh", "down", self.name], check=False)

    def command(self, *arguments):
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    def answers(self, port):
        return subprocess.run(self.command("bash", "-c", f": 2>/dev/null </dev/tcp/127.0.0.1/{port}"),
                              stderr=subprocess.DEVNULL).returncode == 0


class Server:
    """One process, reachable at port once it has started."""

    def __init__(self, namespace, port):
        self.namespace, self.port = namespace, port
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="yuanjian-compare-"))

    def launch(self, *arguments):
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(self.namespace.command(*arguments), stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        for _ in range(150):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at once:\n{self.tail()}")
            if self.namespace.answers(self.port):
                time.sleep(0.5)
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("the server does not answer")

    def tail(self):
        return "\n".join(file.read_text(errors="replace")[-1500:] for file in self.folder.glob("*log"))

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def cpu_by_thread(self):
        """Seconds since the start, of threads that used any."""
        found = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            name = (task / "comm").read_text().strip()
            if seconds:
                found[name] = round(found.get(name, 0) + seconds, 2)
        return found

    def stop(self):
        for wanted in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, wanted)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    continue
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what it may have started
        except ProcessLookupError:
            pass
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Janus(Server):
    """VideoRoom over WebSocket, all defaults but for the line given."""

    def __init__(self, namespace, general=""):
        super().__init__(namespace, 8188)
        self.launch(TOOLS / "janus-server.sh", self.folder / "janus", general)

    def tail(self):
        return (self.folder / "janus/janus.log").read_text(errors="replace")[-1500:]

    def generator_options(self):
        return ["--backend", "janus", "--rec-dir", self.folder / "janus/rec"]


class Yuanjian(Server):
    def __init__(self, namespace, build, shape):
        super().__init__(namespace, 8080)
        self.program = build / "gateway/yuanjian"
        self.config = self.folder / "conf"
        self.config.write_text(f"[media]\naddresses={ADDRESS}\n{shape.config}\n")
        self.launch(self.program, "serve", "--config", self.config, "--data", self.folder / "node",
                    "--listen", f"127.0.0.1:{self.port}", "--media-port", "40000")
        if shape.record:  # what the generator's token makes by itself is not recorded
            for room in range(shape.rooms):
                self.owner("session", "create", "--kind", "meeting", "--name", f"load-{FIRST_ROOM + room}", "--now")

    def owner(self, *arguments):
        return subprocess.run([self.program, *arguments, "--data", self.folder / "node"], check=True, capture_output=True,
                              text=True, timeout=30).stdout.strip()

    def generator_options(self):
        token = self.owner("token", "--session", "*", "--party", "*", "--may", "publish,play", "--ttl", "1h")
        base = f"http://127.0.0.1:{self.port}"
        return ["--backend", "whip", "--whip-url", base + "/whip/{room}/{n}", "--whep-url", base + "/whep/{room}/{n}",
                "--room-prefix", "load-", "--token", token]


def start(kind, namespace, build, shape):
    if kind == OURS:
        return Yuanjian(namespace, build, shape)
    return Janus(namespace, {JANUS: "", LOOPS: "event_loops = 2"}[kind])
