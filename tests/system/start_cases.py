"""Starts that cannot work: one sentence that names what is wrong, the exit code of sysexits, nothing left behind, and a service
that runs already is not disturbed."""
import json
import os
import socket
import subprocess
import tempfile

from harness import PROGRAM, Skipped, free_port
from house import CONFIG, wait_for, walk
from wire import ask

USAGE, NOINPUT, UNAVAILABLE, CANTCREAT, TEMPFAIL, CONFIG_ERROR = 64, 66, 69, 73, 75, 78


class Start:
    """One start in a folder of its own; the options win."""

    def __init__(self, config=CONFIG, data=None, listen=None, media=None, more=()):
        with tempfile.TemporaryDirectory(prefix="yuanjian-test-") as folder:
            conf = f"{folder}/test.conf"
            with open(conf, "w") as out:
                out.write(config)
            run = subprocess.run(
                [PROGRAM, "serve", "--config", conf, "--data", data or f"{folder}/node", "--listen",
                 listen or f"127.0.0.1:{free_port()}", "--media-port", str(media or free_port()), *more],
                capture_output=True, text=True, timeout=30)
        self.status, self.text = run.returncode, run.stderr

    def must(self, status, *words):
        last = self.text.strip().splitlines()[-1] if self.text.strip() else ""
        assert self.status == status, f"status {self.status}, not {status}: {self.text}"
        assert last.startswith("yuanjian serve: ") and all(word in last for word in words), f"{words}: {self.text}"


def second_service(node):
    Start(data=str(node.data)).must(TEMPFAIL, "another service", str(node.data), "--data")
    node.check_alive()
    node.cli("session", "list")


def ports(node):
    Start(listen=f"127.0.0.1:{node.port}").must(UNAVAILABLE, str(node.port))
    Start(media=node.media_port).must(UNAVAILABLE, str(node.media_port))
    with socket.socket() as only_tcp:
        only_tcp.bind(("127.0.0.1", 0))
        only_tcp.listen()
        port = only_tcp.getsockname()[1]
        Start(media=port).must(UNAVAILABLE, str(port))
    node.check_alive()


def listen():
    for address in ("0.0.0.0:0", "[::]:0", "198.51.100.7:8080"):
        Start(listen=address).must(CONFIG_ERROR, "certificate")
    for address in ("localhost", "127.0.0.1:", "127.0.0.1:99999", "example.org:80", ":80", "::1:80"):
        Start(listen=address).must(CONFIG_ERROR, "--listen")


def config():
    for text, *words in [
        ("[server]\nlistn = 127.0.0.1:80\n", "listn", "[server]"), ("[sever]\ndata = x\n", "data", "[sever]"),
        ("[media]\nworkers = many\n", "workers", "many"), ("[media]\nworkers = -1\n", "workers"),
        ("[media]\nbind = everywhere\n", "bind"), ("[server]\ncertificate = a.pem\n", "certificate", "key"),
        ("[media]\naddresses = nowhere\n", "addresses"), ("[ice]\nstun = example.org\n", "stun"),
        ("[ice]\nturn = turn:turn.example\n", "turn-secret"),
        ("[server]\norigins = example.org\n", "origins"), ("[server]\ntrusted-proxies = 10.1\n", "trusted-proxies"),
        ("[visit]\ngrace = 99999999\n", "grace"), ("data = x\n", "test.conf"), ("\0\1\2", "test.conf"),
    ]:
        Start(config=text).must(CONFIG_ERROR, *words)
    Start(config="[server]\ncertificate = /no/such/file.pem\nkey = /no/such/key.pem\n").must(NOINPUT, "/no/such/file.pem")
    Start(more=["--nonsense"]).must(USAGE, "--nonsense")


def data_directory():
    with tempfile.NamedTemporaryFile() as file:
        Start(data=f"{file.name}/node").must(CANTCREAT, f"{file.name}/node")
    Start(data="/proc/nobody-can-write-here").must(CANTCREAT, "/proc/nobody-can-write-here")


def not_writable():
    with tempfile.TemporaryDirectory(prefix="yuanjian-test-") as folder:
        if os.geteuid() != 0:
            os.chmod(folder, 0o500)
        elif not os.environ.get("YUANJIAN_OWN_MOUNTS") or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "ro", "nothing", folder], stderr=subprocess.DEVNULL).returncode != 0:
            raise Skipped("root writes everywhere, and nothing can be mounted here")
        try:
            Start(data=folder).must(CANTCREAT, folder)
        finally:
            if os.geteuid() == 0:
                subprocess.run(["umount", folder], check=True)


def damaged_index():
    """A database that is none: said, not overwritten."""
    with tempfile.TemporaryDirectory(prefix="yuanjian-test-") as folder:
        path = f"{folder}/index.db"
        with open(path, "wb") as out:
            out.write(b"this is not SQLite, but somebody's only copy of it" * 100)
        before = open(path, "rb").read()
        start = Start(data=folder)
        assert start.status != 0 and "index.db" in start.text, start.text
        assert open(path, "rb").read() == before, "it was overwritten"


def command_line(node):
    """Commands that cannot work: a sentence, never a guess."""
    for words, status, word in [
        (["frobnicate"], USAGE, "frobnicate"), (["session", "end"], USAGE, "SESSION"),
        (["session", "create", "--kind", "party"], None, "kind"), (["session", "end", "no-such-session"], None, "session list"),
        (["token", "--session", "x", "--party", "y", "--may", "everything"], None, "everything"),
        (["token", "--session", "x", "--party", "y", "--may", "play", "--ttl", "9h"], None, ""),
        (["link"], None, ""), (["link", "--person", "nobody"], None, "nobody"), (["archive", "path", "../../etc"], None, ""),
        (["person", "add", "--name", "x", "--role", "king", "--unit", "demo-prison"], USAGE, "officer, administrator"),
    ]:
        run = subprocess.run([PROGRAM, *words, "--data", node.data], capture_output=True, text=True, timeout=30)
        assert run.returncode == status or (status is None and run.returncode > 0), f"{words}: {run}"
        assert word in run.stderr and len(run.stderr.strip()) > 10, f"{words}: {run}"
    run = subprocess.run([PROGRAM, "session", "list", "--data", "/no/such/node"], capture_output=True, text=True, timeout=30)
    assert run.returncode > 0 and "/no/such/node" in run.stderr, run


def disk_check():
    """Without a service: memory keeps nothing, and says so; a folder that is none is an error."""
    run = subprocess.run([PROGRAM, "fsync-check", "/dev/shm", "--json"], capture_output=True, text=True, timeout=30)
    answer = json.loads(run.stdout)
    assert run.returncode == 1 and answer["verdict"] == "forgets" and answer["reasons"], answer
    assert 0 < answer["p50_us"] <= answer["p99_us"] <= answer["max_us"], answer
    run = subprocess.run([PROGRAM, "fsync-check", "/no/such/folder"], capture_output=True, text=True, timeout=30)
    assert run.returncode == 74 and "/no/such/folder" in run.stderr, run


def owner_only(node):
    """The owner's socket, the lock, the index and all folders are nobody else's."""
    seen, open_to_others = 0, []
    for path in [node.data, *walk(node.data)]:
        try:
            seen += 1
            if path.lstat().st_mode & 0o077:
                open_to_others.append(str(path))
        except FileNotFoundError:
            continue
    assert seen > 5 and not open_to_others, open_to_others


def admin_rubbish(node):
    """What the owner's socket is sent by mistake."""
    path = next(path for path in node.data.iterdir() if path.is_socket())
    for text in (b"\n", b"{\n", b"[]\n", b"\0" * 100 + b"\n", b"x" * (3 << 20), b'{"method":"session.list"}\n'):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(path))
            try:
                s.sendall(text)
                s.shutdown(socket.SHUT_WR)
                s.recv(65536)
            except OSError:
                pass
    node.cli("session", "list")
    kept = []
    for _ in range(100):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(path))
        kept.append(s)
    node.check_alive()
    for s in kept:
        s.close()
    wait_for("commands are taken again", lambda: ask(node, "GET", "/healthz").status == 200)
    node.cli("session", "list")


def add(report, node):
    report.case("start: a second service on the same data directory: 75", second_service, node)
    report.case("start: a port that is taken is named: 69", ports, node)
    report.case("start: beyond loopback only with a certificate: 78", listen)
    report.case("start: an unknown or wrong key is named: 78", config)
    report.case("start: a data directory that cannot be: 73", data_directory)
    report.case("start: a data directory that cannot be written: 73", not_writable)
    report.case("start: an index that is none is not overwritten", damaged_index)
    report.case("commands: what cannot be is refused with a sentence", command_line, node)
    report.case("fsync-check: says what a disk is worth", disk_check)
    report.case("commands: rubbish on the owner's socket", admin_rubbish, node)
    report.case("data: nobody else may read it", owner_only, node)
